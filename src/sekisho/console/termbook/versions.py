"""The versions of the terms side by side: dates, transition, figures and switches, and what each one changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from sekisho.terms.articles import PROVISIONS, Provision
from sekisho.terms.asking.catalogue import RULES
from sekisho.terms.asking.rule import Rule
from sekisho.terms.switches import SWITCH_RULES
from sekisho.terms.versions import VERSIONS, TermsVersion

from .wording import FIGURES, article_name, date_written, figure_written, in_page_language, setting_written

_SUPPLEMENT = "附則"


@dataclass(frozen=True)
class Cell:
    """What one version says; ``changed``: not what the version before it says."""

    text: str
    changed: bool = False


@dataclass(frozen=True)
class Row:
    """One figure or switch through all versions."""

    name: str
    label: str
    article: str
    cells: tuple[Cell, ...]

    @property
    def same(self) -> bool:
        return not any(cell.changed for cell in self.cells)


@dataclass(frozen=True)
class Column:
    """One version: its dates, whom it leaves on an earlier one, and which articles are in force."""

    name: str
    enacted: str
    applies_from: str
    backwards: bool
    transition: str
    articles: str
    latest: bool


def columns(versions: tuple[TermsVersion, ...] = VERSIONS) -> list[Column]:
    return [_column(version, version is versions[-1]) for version in versions]


def figure_rows(versions: Iterable[TermsVersion] = VERSIONS) -> list[Row]:
    known = tuple(versions)
    return [
        Row(name, str(label), article_name(article), _cells(known, _figure(name)))
        for name, (article, label) in FIGURES.items()
    ]


def switch_rows(versions: Iterable[TermsVersion] = VERSIONS) -> list[Row]:
    known = tuple(versions)
    return [
        Row(rule.name, in_page_language(rule.words), article_name(rule.article), _cells(known, _setting(rule.name)))
        for rule in SWITCH_RULES.values()
    ]


def provisions() -> list[tuple[str, Provision, list[Rule]]]:
    """Every paragraph and sub-item of the latest text: its name, what it is about, the rules that can be asked."""
    keepers: dict[str, list[Rule]] = {}
    for rule in RULES.values():
        for article in rule.articles:
            keepers.setdefault(article, []).append(rule)
    return [(article_name(number), found, keepers.get(number, [])) for number, found in PROVISIONS.items()]


def _column(version: TermsVersion, latest: bool) -> Column:
    return Column(
        name=version.name,
        enacted=date_written(version.enacted_on),
        applies_from=date_written(version.applies_from),
        backwards=version.applies_from < version.enacted_on,
        transition=_transition(version),
        articles=_articles(version),
        latest=latest,
    )


def _transition(version: TermsVersion) -> str:
    rule = version.transition
    if rule is None:
        return ""
    facts = {"day": date_written(rule.use_started_until), "version": rule.stays_on}
    return gettext("Use begun by %(day)s stays on %(version)s, until a day that the carrier sets later.") % facts


def _articles(version: TermsVersion) -> str:
    """The body and the supplementary provisions up to this version's own."""
    last = max(int(number.partition("-")[0]) for number in PROVISIONS if not number.startswith(_SUPPLEMENT))
    facts = {"last": last, "supplement": version.article.removeprefix(_SUPPLEMENT)}
    if version.article == f"{_SUPPLEMENT}1":
        return gettext("Arts. 1 to %(last)d, supplementary provision %(supplement)s") % facts
    return gettext("Arts. 1 to %(last)d, supplementary provisions 1 to %(supplement)s") % facts


def _cells(versions: tuple[TermsVersion, ...], text_of: Callable[[TermsVersion], str]) -> tuple[Cell, ...]:
    texts = [text_of(version) for version in versions]
    before = [texts[0], *texts[:-1]]
    return tuple(Cell(text, text != earlier) for text, earlier in zip(texts, before, strict=True))


def _figure(name: str) -> Callable[[TermsVersion], str]:
    return lambda version: figure_written(name, version.parameters.figure(name))


def _setting(name: str) -> Callable[[TermsVersion], str]:
    return lambda version: setting_written(name, getattr(version.switches, name))
