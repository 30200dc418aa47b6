"""Every form, letter and invoice of the trade as a value: one module a paper.

A paper is a frozen dataclass of plain values (text, whole yen, dates, tuples), so that any app can make one. Its
sheet in ``sheets/`` holds the wording in Japanese and English and the place of each value; ``gateways.typesetting``
makes a PDF of the two. Values reach the sheet as data and never as markup.

Nothing is computed here that ``terms`` decides. A paper only refuses to be made when it doesn't add up
(``DoesNotAddUp``): sums that contradict each other are a slip of whoever filled it in.
"""
