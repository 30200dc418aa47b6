"""What goes back: status, headers and bytes, decided before anything of HTTP is touched, so that it can be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

JSON = "application/json"


class Answer(NamedTuple):
    """``body`` is what is sent, byte for byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Content(NamedTuple):
    """An operation's answer that is no JSON: a file of some type, under a name."""

    media_type: str
    filename: str
    content: bytes


class Made(NamedTuple):
    """An operation's answer about something that is new now, and where it is found from here on."""

    location: str
    shape: Any


def answer_with(found: Any, status: int) -> Answer:
    """The answer for whatever an operation returned."""
    if isinstance(found, Content):
        disposition = f'attachment; filename="{found.filename}"'
        headers = {"Content-Type": found.media_type, "Content-Disposition": disposition}
        return Answer(status, headers | {"ETag": etag(found.content)}, found.content)
    headers = {"Location": found.location} if isinstance(found, Made) else {}
    body = msgspec.json.encode(found.shape if isinstance(found, Made) else found)
    return Answer(status, {"Content-Type": JSON, **headers, "ETag": etag(body)}, body)


def etag(body: bytes) -> str:
    """A strong entity tag: equal bytes, equal tag."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def etag_of(shape: Any) -> str:
    """The tag that ``shape`` has as an answer of its own."""
    return etag(msgspec.json.encode(shape))


def names(header: str, tag: str) -> bool:
    """Whether an If-Match or If-None-Match header names the tag."""
    return header.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in header.split(",")]


def sent(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
    response.setdefault("Cache-Control", "private, no-cache")
    patch_vary_headers(response, ("Authorization",))
    response["X-Content-Type-Options"] = "nosniff"
    return response
