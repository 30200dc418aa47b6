"""Formats of log lines: bytes in, fields out; one module a format, all pure.

Error policy: whatever the bytes are, a parser returns fields or raises ParseError. Nobody repairs a
line: it is kept as it came, with the reason, and a person can read both.
"""

from __future__ import annotations

LINE_BYTES_MAX = 16 * 1024 * 1024
"""Suricata writes events of several megabytes (a DNP3 response with every point in it)."""

NESTING_LEVELS_MAX = 64


class ParseError(Exception):
    """A line that cannot be read: keep it, with this reason. The reason quotes nothing of the line."""
