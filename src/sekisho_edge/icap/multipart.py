"""Files inside a form that is sent (multipart/form-data): each part's content, to be scanned as a file. Pure."""

from __future__ import annotations

import re

PARTS_MAX = 1_000
_BOUNDARY = re.compile(r'multipart/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))', re.I | re.S)


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a form, or None for anything else."""
    found = _BOUNDARY.match(content_type.strip())
    return (found[1] or found[2]).encode("latin-1") if found else None


def parts(data: bytes, boundary: bytes) -> list[bytes]:
    """The content of each part that has one; what is before the first boundary or broken is no part."""
    found = []
    for piece in (b"\r\n" + data).split(b"\r\n--" + boundary)[1 : PARTS_MAX + 2]:
        head, blank, content = piece.partition(b"\r\n\r\n")
        if blank and content and not head.startswith(b"--"):
            found.append(content)
    return found
