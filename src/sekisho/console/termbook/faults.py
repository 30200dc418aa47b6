"""Why a question cannot be asked, in the reader's language.

The rules say it in English (``BadParameter.why``), for programs and terminals. Each of their sentences has a
pattern here; one that nobody foresaw is quoted as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_SENTENCES = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"is missing.*", _("This is needed.")),
        (r"(?P<said>.*) is none of (?P<known>.*)", _("%(said)s is not one of: %(known)s.")),
        (
            r"(?P<said>.*) is not a date such as (?P<example>.*)",
            _("%(said)s is not a date. Write for example %(example)s."),
        ),
        (
            r"(?P<said>.*) is not a month such as (?P<example>.*)",
            _("%(said)s is not a month. Write for example %(example)s."),
        ),
        (
            r"(?P<said>.*) is not an instant such as (?P<example>.*)",
            _("%(said)s is not a date with a time. Write for example %(example)s."),
        ),
        (
            r"(?P<said>.*) has no UTC offset such as (?P<example>.*)",
            _("%(said)s does not say its time zone. Add it, for example %(example)s."),
        ),
        (
            r"(?P<said>.*) is not a period such as (?P<example>.*)",
            _("%(said)s is not a period. Write for example 1y, 6m, 2w or 30d."),
        ),
        (r"(?P<said>.*) is not in the calendar", _("%(said)s is not in the calendar.")),
        (r"(?P<said>.*) is not a day of (?P<other>.*)", _("%(said)s is not a day of %(other)s.")),
        (
            r"(?P<said>.*) is not a whole number of yen, digits only",
            _("%(said)s is not an amount. Write yen in digits, without commas."),
        ),
        (
            r"(?P<said>.*) is not a whole number from (?P<low>\d+) to (?P<high>\d+)",
            _("%(said)s is not a whole number from %(low)s to %(high)s."),
        ),
        (
            r"(?P<said>.*) is not a number of days from (?P<low>\d+) to (?P<high>\d+)",
            _("%(said)s is not a whole number from %(low)s to %(high)s."),
        ),
        (
            r"(?P<said>.*) is not DATE:YEN such as (?P<example>.*)",
            _("%(said)s is not a payment. Write date:yen, for example %(example)s."),
        ),
        (
            r"(?P<said>.*) is not YEN or YEN:nontax",
            _("%(said)s is not a line. Write yen, or yen:nontax for what bears no tax."),
        ),
        (r"(?P<said>.*) is neither yes nor no", _("%(said)s is neither yes nor no.")),
        (r"is neither an IP address nor a network", _("This is neither an IP address nor a network.")),
        (r"must not be negative", _("This must not be negative.")),
        (r"is longer than (?P<limit>\d+) characters", _("This is longer than %(limit)s characters.")),
        (r"has more than (?P<limit>\d+) entries", _("This has more than %(limit)s entries.")),
        (r"holds a payment of 0 yen", _("A payment of 0 yen is no payment.")),
        (r"is empty: nothing was paid.*", _("Nothing was paid: give the payments, or the day to count to.")),
        (r"is empty.*", _("This is empty.")),
        (r"is before the last payment", _("This is before the last payment.")),
        (r"is before (?P<other>[\w-]+)(?P<more>:.*)?", _("This is before: %(other)s.")),
        (r"is after (?P<other>\w+)(?P<more>:.*)?", _("This is after: %(other)s.")),
        (r"is not after (?P<other>\w+)", _("This is not after: %(other)s.")),
        (
            r"is more than (?P<limit>\d+) days after (?P<other>\w+)",
            _("This is more than %(limit)s days after: %(other)s."),
        ),
        (r"starts at (?P<low>\d+)", _("This starts at %(low)s.")),
        (
            r"(?P<said>\d+) is more than the business days of (?P<month>.*)",
            _("%(month)s has fewer than %(said)s business days."),
        ),
        (
            r"(?P<said>\d+) is outside the holiday calendar, (?P<low>\d+) to (?P<high>\d+)",
            _("The holiday calendar holds %(low)s to %(high)s."),
        ),
        (r"(leads|ends) outside the calendar", _("This leads outside the calendar.")),
        (
            r"is no parameter of (?P<rule>\w+), which takes (?P<known>.*)",
            _("The rule does not take this; it takes %(known)s."),
        ),
        (r"does not exist; there are (?P<known>.*)", _("This does not exist; there are %(known)s.")),
        (
            r"is not something that a form can set; it can set (?P<known>.*)",
            _("A form cannot set this; it can set %(known)s."),
        ),
    )
)
_BENEATH = re.compile(r"cannot be used here: \w+ (?P<why>.*)", re.DOTALL)


def in_words(why: str, label_of: Callable[[str], str]) -> str:
    """The sentence in the page's language; ``label_of`` turns another parameter's name into its label."""
    beneath = _BENEATH.fullmatch(why)
    told = beneath["why"] if beneath else why
    for pattern, words in _SENTENCES:
        found = pattern.fullmatch(told)
        if found is not None:
            facts = {name: text or "" for name, text in found.groupdict().items()}
            if "other" in facts:
                facts["other"] = label_of(facts["other"])
            return str(words) % facts
    return gettext("The rule cannot be asked like this (%(why)s).") % {"why": told}
