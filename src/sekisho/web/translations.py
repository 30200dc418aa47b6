"""The Japanese words of the doors: ``locale/*/LC_MESSAGES/django.po`` compiled to what gettext reads.

Run at setup (``python -m sekisho.web.translations``) and before tests; Babel does it, so no
gettext program is needed. ``extract`` refreshes the catalogue after a page changed.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract as extract_messages
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation import template as django_template

WEB = Path(__file__).resolve().parent
LOCALE = WEB / "locale"
_CALLS: dict[str, object] = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "_"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}
_HEADER = (
    'msgid ""\nmsgstr ""\n"Project-Id-Version: sekisho\\n"\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
    '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
    '"Plural-Forms: {plurals}\\n"\n\n'
)
_SEARCHED = ("web", "portal", "console", "apps", "triage")


def compile_catalogues() -> list[Path]:
    """Write a .mo beside every .po that is newer than it; returns what was written."""
    written = []
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        target = source.with_suffix(".mo")
        if target.is_file() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as stream, target.open("wb") as out:
            write_mo(out, read_po(stream, locale=source.parts[-3]))
        written.append(target)
    return written


def sources() -> list[Path]:
    """Every file of ours whose words a person reads on a page."""
    root = WEB.parent
    found = [path for room in _SEARCHED for path in (root / room).rglob("*.py") if "migrations" not in path.parts]
    found += [path for room in _SEARCHED for kind in ("html", "txt") for path in (root / room).rglob(f"*.{kind}")]
    return sorted(found)


def messages() -> Catalog:
    """What the source says today, as a template catalogue."""
    catalogue = Catalog(project="sekisho", charset="utf-8")
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = _as_python(text)
        for _line, message, comments, context in extract_messages("python", io.BytesIO(text.encode()), _CALLS, ()):
            catalogue.add(message, locations=[(str(path.relative_to(WEB.parent)), None)], auto_comments=comments,
                          context=context)  # fmt: skip
    return catalogue


def refresh() -> None:
    """Merge what the source says into every catalogue, keeping the translations that exist."""
    template = messages()
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        with path.open("rb") as stream:
            catalogue = read_po(stream, locale=path.parts[-3])
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        _write(path, catalogue)


def _write(path: Path, catalogue: Catalog) -> None:
    """With a header that does not change by itself, so that a diff shows words only."""
    body = io.BytesIO()
    write_po(body, catalogue, width=110, sort_output=True, include_lineno=False, omit_header=True)
    header = _HEADER.format(language=path.parts[-3], plurals=catalogue.plural_forms)
    path.write_bytes(header.encode() + body.getvalue())


def _as_python(text: str) -> str:
    """Django turns a template into pseudo code for xgettext; its X and S fillers are no Python, the calls are."""
    calls = re.findall(
        r"\b(?:gettext|ngettext|pgettext|npgettext)\(.*?\)(?=\s|$)", django_template.templatize(text), re.S
    )
    return "\n".join(calls)


if __name__ == "__main__":
    for written_path in compile_catalogues():
        print(written_path.relative_to(WEB))
