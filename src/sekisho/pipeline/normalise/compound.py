"""Names that hold two things: ``DOMAIN\\name``, and whole URLs with a host in them."""

from __future__ import annotations

from functools import lru_cache

from sekisho.pipeline.normalise.draft import Draft
from sekisho.pipeline.normalise.values import host_of

NAMES_REMEMBERED_MAX = 8192


def split_users(draft: Draft) -> None:
    """Take the domain off the user's name where it stands in front; ``name@domain`` is a name and stays."""
    names = draft.seen("user.name")
    if not any(name is not None and "\\" in name for name in names):
        return
    parts = [_parts(name) if name is not None else (None, None) for name in names]
    draft.put("user.domain", [domain for domain, _ in parts])
    column = draft.column("user.name")
    column[:] = [name for _, name in parts]


@lru_cache(NAMES_REMEMBERED_MAX)
def _parts(name: str) -> tuple[str | None, str | None]:
    domain, mark, user = name.partition("\\")
    user = user.lstrip("\\")
    return (domain, user) if mark and domain and user else (None, name)


def split_urls(draft: Draft) -> None:
    """Host and port of whole URLs, where the line does not tell them apart."""
    urls = draft.seen("http_request.url.url_string")
    if not any(url is not None and "://" in url for url in urls):
        return
    parts = [_host_of(url) if url is not None and "://" in url[:16] else (None, None) for url in urls]
    draft.put("http_request.url.hostname", [host for host, _ in parts])
    draft.put("http_request.url.port", [port for _, port in parts])


_host_of = lru_cache(NAMES_REMEMBERED_MAX)(host_of)
