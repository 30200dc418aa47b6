"""Proof that a log line was there, unchanged, at a time: pure rules, which an outsider can run without a database.

``segment`` says what is hashed of a batch of lines, ``tree`` how batches become one append-only log (RFC 9162),
``note`` how its head is signed, ``bundle`` what a customer or a court gets and how they check it.
"""
