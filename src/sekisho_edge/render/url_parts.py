"""A part of a site, such as ``example.com/private/``, as Squid's regular expression over whole addresses. Pure."""

from __future__ import annotations

import re


def part_expression(entry: str) -> str:
    """Matches every address below the entry, on the site and on all below it, with or without a port.

    >>> part_expression("example.com/a.b/")
    '^https?://([^/?#]+\\\\.)?example\\\\.com\\\\.?(:[0-9]+)?/a\\\\.b/'
    """
    domain, _, path = entry.partition("/")
    return rf"^https?://([^/?#]+\.)?{_escaped(domain)}\.?(:[0-9]+)?/{_escaped(path)}"


def _escaped(path):
    """POSIX: only what has a meaning there, and nothing that would get one by a backslash."""
    return re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", path)
