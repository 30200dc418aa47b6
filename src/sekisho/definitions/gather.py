"""Many sources -> one folder in the layout of a set (``sekisho_wire.definitions``).

A source is ``[KIND=]PLACE``. A place is a file, a folder or an https address. Without a kind a folder is taken to be a
set already, and a file tells by its name what it is. Kinds: signatures, yara, clamav, applications, hashes, geo/XX and
categories/CODE. Archives (.tar.gz, .tgz, .gz) are opened. DefinitionsError: the source can't be had or read.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from sekisho_wire.definitions import FILE_BYTES_MAX, DefinitionsError, is_path

FETCH_SECONDS_MAX = 120.0
CLAMAV_ENDINGS = frozenset(
    f".{kind}"
    for kind in ("cvd", "cld", "cud", "ndb", "ldb", "hdb", "hsb", "hdu", "mdb", "msb", "fp", "sfp", "ign2", "cdb")
)
_ONE_FILE = {"applications": "applications.json", "hashes": "hashes.sha256"}
_MANY_FILES = {"signatures": ".rules", "yara": ".yar"}
_LISTS = re.compile(r"(categories|geo)/[A-Za-z0-9_-]{1,60}")
_LIST_NAMES = ("domains", "urls")
_HOSTS_LINE = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+(\S+)")


class Source(NamedTuple):
    """``kind`` is "" where the place says by itself what it holds."""

    kind: str
    place: str

    def __str__(self) -> str:
        return f"{self.kind}={self.place}" if self.kind else self.place


def read_source(text: str) -> Source:
    """``[KIND=]PLACE``; an address may have = in it."""
    kind, separator, place = text.partition("=")
    if not separator or ":" in kind or "." in kind:
        return Source("", text)
    if kind not in (*_ONE_FILE, *_MANY_FILES, "clamav") and not _LISTS.fullmatch(kind):
        raise DefinitionsError(f"{text}: {kind!r} is no kind of definitions")
    return Source(kind, place)


def gather(sources: list[Source], folder: Path, base: Path | None = None) -> None:
    """Put everything into ``folder``. Lists of one kind are joined, sorted and freed of repetitions.

    ``base`` is a set to begin with, whose files a source of the same name replaces; two sources may not differ.
    """
    shipped = _laid_out(Source("", str(base)), folder, frozenset()) if base else frozenset()
    for source in sources:
        if not _laid_out(source, folder, shipped):
            raise DefinitionsError(f"{source}: nothing in it is a definition")


def _laid_out(source: Source, folder: Path, replaceable: frozenset[str]) -> frozenset[str]:
    """The paths that a source has brought."""
    paths = set()
    for path, content in _contents(source):
        _add(folder, path, content, may_replace=path in replaceable)
        paths.add(path)
    return frozenset(paths)


def _contents(source: Source) -> Iterator[tuple[str, bytes]]:
    """(path in the set, content) of everything that a source has."""
    place = Path(source.place)
    if not _is_address(source.place) and place.is_dir():
        yield from _folder(source, place)
        return
    name = urlsplit(source.place).path.rpartition("/")[2] if _is_address(source.place) else place.name
    content = _fetched(source.place) if _is_address(source.place) else _read(place)
    for inner, part in _unpacked(name, content):
        if path := _place_of(source.kind, inner):
            yield path, part


def _folder(source, place):
    """A set in its own layout, or files of the kind that the source names."""
    for path in sorted(place.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            inside = str(path.relative_to(place))
            if to := _place_of(source.kind, inside):
                yield to, _read(path)


def _place_of(kind: str, name: str) -> str:
    """Where a file of a source goes in the set; "" for what is no definition, such as a licence."""
    base = name.rpartition("/")[2]
    if not kind:
        return name if _in_layout(name) else _place_of(_kind_of(base), base) if _kind_of(base) else ""
    if kind == "applications" and base.endswith(".toml"):
        return f"applications/{_plain(base.removesuffix('.toml'))}.toml"
    if kind in _ONE_FILE:
        return _ONE_FILE[kind]
    if kind in _MANY_FILES:
        ending = _MANY_FILES[kind]
        fits = base.endswith(ending) or (kind == "yara" and base.endswith(".yara"))
        return f"{kind}/{_plain(base.rpartition('.')[0])}{ending}" if fits else ""
    if kind == "clamav":
        return f"clamav/{base}" if Path(base).suffix in CLAMAV_ENDINGS and is_path(base) else ""
    return f"{kind}.txt" if base in _LIST_NAMES or base.endswith((".txt", ".hosts", ".zone")) or "." not in base else ""


def _in_layout(name):
    top, _, rest = name.partition("/")
    fits = {"signatures": ".rules", "yara": ".yar", "categories": ".txt", "geo": ".txt", "applications": ".toml"}
    if top in fits:
        return is_path(name) and "/" not in rest and name.endswith(fits[top])
    return name in _ONE_FILE.values() or (top == "clamav" and Path(name).suffix in CLAMAV_ENDINGS and is_path(name))


def _kind_of(base):
    ending = Path(base).suffix
    if ending in CLAMAV_ENDINGS:
        return "clamav"
    by_ending = {".rules": "signatures", ".yar": "yara", ".yara": "yara", ".sha256": "hashes"}
    return "applications" if base == "applications.json" else by_ending.get(ending, "")


def _plain(stem):
    return re.sub(r"[^A-Za-z0-9_-]", "_", stem)[:80] or "unnamed"


def _add(folder, path, content, *, may_replace):
    if len(content) > FILE_BYTES_MAX:
        raise DefinitionsError(f"{path} is over the limit of {FILE_BYTES_MAX} bytes")
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    if path.startswith(("categories/", "geo/")) or path == "hashes.sha256":
        known = set(place.read_text().splitlines()) if place.exists() else set()
        lines = sorted(known | set(_entries(path, content.decode(errors="replace"))))
        place.write_text("".join(f"{line}\n" for line in lines))
    elif not may_replace and place.exists() and place.read_bytes() != content:
        raise DefinitionsError(f"{path} comes from two sources, and they differ")
    else:
        place.write_bytes(content)


def _entries(path, text) -> Iterator[str]:
    """The lists' ways of writing an entry, as one: lower case, no comment, no wildcard, no address before it."""
    for line in text.splitlines():
        entry = line.partition("#")[0].strip()
        if found := _HOSTS_LINE.fullmatch(entry):
            entry = found[1]
        if path.startswith("categories/"):
            entry = _ascii(entry.lower().removeprefix("*.").removeprefix(".").rstrip("."))
        elif path == "hashes.sha256":
            entry = entry.split()[0].lower() if entry else ""
        if entry:
            yield entry


def _ascii(domain):
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain  # the check refuses it, with its line


def _is_address(place):
    return "://" in place


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DefinitionsError(f"{path}: {error}") from error


def _fetched(address: str) -> bytes:
    if not address.startswith("https://"):
        raise DefinitionsError(f"{address}: only https is fetched; copy the file and name its path")
    try:
        with urllib.request.urlopen(address, timeout=FETCH_SECONDS_MAX) as answer:  # noqa: S310 - https, see above
            content = answer.read(FILE_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        raise DefinitionsError(f"{address}: {error}") from error
    if len(content) > FILE_BYTES_MAX:
        raise DefinitionsError(f"{address} is over the limit of {FILE_BYTES_MAX} bytes")
    return content


def _unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        if name.endswith((".tar.gz", ".tgz", ".tar")):
            yield from _tar(content)
        elif name.endswith(".gz"):
            yield name.removesuffix(".gz"), _gunzipped(content)
        else:
            yield name, content
    except (OSError, EOFError, tarfile.TarError) as error:
        raise DefinitionsError(f"{name}: {error}") from error


def _gunzipped(content):
    with gzip.open(io.BytesIO(content)) as file:
        plain = file.read(FILE_BYTES_MAX + 1)
    if len(plain) > FILE_BYTES_MAX:
        raise DefinitionsError(f"it unpacks to more than {FILE_BYTES_MAX} bytes")
    return plain


def _tar(content):
    """Regular files only; their names are never used as places on this machine."""
    left = FILE_BYTES_MAX
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if member.isfile() and (file := archive.extractfile(member)) is not None:
                left -= member.size
                if left < 0:
                    raise DefinitionsError(f"it unpacks to more than {FILE_BYTES_MAX} bytes")
                with file:
                    yield member.name.removeprefix("./"), file.read()
