"""A rule as a form, the form as a question, the question's answer: all made from the catalogue of rules.

The question is the address: its query holds the same names and texts that ``sekisho terms ask`` takes, so an
answer can be sent to somebody as a link. Times may be written without an offset; they are Tokyo's.
"""

from __future__ import annotations

import datetime as dt
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sekisho.terms.applicable import FIGURE_MAX, OVERRIDABLE
from sekisho.terms.asking.kinds import TEXT_CHARACTERS_MAX
from sekisho.terms.asking.rule import Parameter, Rule, ask
from sekisho.terms.asking.settings import SETTING_PREFIXES, terms_asked
from sekisho.terms.grounds import GROUNDS, Catalogue
from sekisho.terms.moments import TOKYO
from sekisho.terms.switches import DAYS_MAX, SWITCH_RULES
from sekisho.terms.values import Answer, BadParameter, Refusal, Value
from sekisho.terms.versions import DEFAULT_SWITCHES, LATEST, VERSIONS

from .faults import in_words
from .wording import FIGURES, Said, answer_said, article_name, figure_written, in_page_language, setting_written, word

_NOT_OURS = {"contract"}
"""Keys of the query that belong to the page's frame: the contract chosen in the header."""
_LISTS = {"choices", "payments", "lines"}
"""Kinds of which an empty text is a value: nothing chosen, nothing paid."""
_NATIVE = {
    "date": ("date", re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)),
    "month": ("month", re.compile(r"\d{4}-\d{2}", re.ASCII)),
    "instant": ("datetime-local", re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)),
    "yen": ("number", re.compile(r"\d+", re.ASCII)),
    "count": ("number", re.compile(r"\d+", re.ASCII)),
}
"""Kind -> the browser's own control, and which texts it can show; any other text is shown as it was typed."""
_LOCAL_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?", re.ASCII)
_TOKYO_OFFSET = "+09:00"
_HELP = {
    "instant": _("Tokyo time."),
    "yen": _("Whole yen, digits only."),
    "payments": _("Date:yen, several separated by commas. Example: 2026-06-10:50000,2026-06-30:60000"),
    "lines": _("Yen without tax, several separated by commas; :nontax for no tax. Example: 30000,500:nontax"),
    "period": _("1y, 6m, 2w or 30d: years, months, weeks or days."),
    "month": _("Year and month, such as 2026-04."),
}  # fmt: skip
_SUGGESTED = {
    ("ground_check", "ground"): [code for listed in GROUNDS.values() for code in listed],
    ("disclosure_check", "basis"): list(GROUNDS[Catalogue.DISCLOSURE]),
    ("erasure_due_of_category", "category"): [name for name, _p in DEFAULT_SWITCHES.retention_period_by_category],
}
"""Parameters that are texts but know their codes."""


@dataclass(frozen=True)
class Choice:
    code: str
    words: str
    chosen: bool


@dataclass(frozen=True)
class Field:
    """One input. ``control``: "select", "checks" or an input's type. ``fault``: what is wrong with it, in words."""

    name: str
    label: str
    control: str
    value: str = ""
    help: str = ""
    fault: str = ""
    required: bool = False
    choices: list[Choice] = field(default_factory=list)
    suggested: list[str] = field(default_factory=list)
    default: str = ""
    low: int | None = None
    high: int | None = None
    length_max: int = TEXT_CHARACTERS_MAX

    @property
    def element(self) -> str:
        """The name as an element's id: 'switch.proration' -> 'q-switch-proration'."""
        return "q-" + self.name.replace(".", "-")


@dataclass(frozen=True)
class Told:
    """An answer in words. ``code``: a refusal's; empty where the terms gave a value."""

    said: Said
    article: str
    version: str
    code: str = ""
    steps: list[str] = field(default_factory=list)
    switches: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Question:
    """A rule with what was typed. ``told`` is None until everything needed is there and right."""

    rule: Rule
    fields: list[Field]
    settings: list[Field]
    asked: bool
    settings_asked: bool
    stray_faults: list[str]
    told: Told | None
    command: str

    @property
    def faults(self) -> int:
        return len(self.stray_faults) + sum(bool(one.fault) for one in (*self.fields, *self.settings))


def tidy(rule: Rule, query: Mapping[str, list[str]]) -> dict[str, str]:
    """The query as it is shared: nothing empty, boxes that were ticked as one list, in the order of the rule."""
    texts = {key: ",".join(text for text in found if text) for key, found in query.items()}
    order = [parameter.name for parameter in rule.parameters]
    kept = sorted((key for key, text in texts.items() if text), key=lambda key: _place(order, key))
    return {key: texts[key] for key in kept}


def question(rule: Rule, texts: Mapping[str, str], now: dt.datetime) -> Question:
    """The form filled with ``texts`` (``tidy``'s), and the answer if it has one."""
    given = {key: text for key, text in texts.items() if key not in _NOT_OURS}
    asked = bool(given)
    told_to_rule = _for_rule(rule, given) if asked else {}
    faults = _faults(rule, told_to_rule) if asked else {}
    answer = None
    if asked and not faults:
        try:
            answer = ask(rule, told_to_rule, now=now)
        except BadParameter as error:
            faults[error.parameter] = error.why
    worded = {name: in_words(why, lambda other: _label(rule, other)) for name, why in faults.items()}
    fields = [_field(rule, parameter, given, worded) for parameter in rule.parameters]
    settings = _settings(rule, given, worded)
    shown = {one.name for one in (*fields, *settings)}
    return Question(
        rule=rule,
        fields=fields,
        settings=settings,
        asked=asked,
        settings_asked=any(_is_setting(key) for key in given),
        stray_faults=[f"{name}: {words}" for name, words in worded.items() if name not in shown],
        told=_told(rule, answer) if answer is not None else None,
        command=_command(rule, told_to_rule),
    )


def _for_rule(rule: Rule, given: Mapping[str, str]) -> dict[str, str]:
    """The texts as the rule reads them: Tokyo's offset added, lists that are empty said to be so."""
    kinds = {parameter.name: parameter.kind.name for parameter in rule.parameters}
    texts = dict(given)
    for name, text in given.items():
        if kinds.get(name) == "instant" and _LOCAL_INSTANT.fullmatch(text):
            texts[name] = text + _TOKYO_OFFSET
    for parameter in rule.parameters:
        if parameter.required and parameter.kind.name in _LISTS:
            texts.setdefault(parameter.name, "")
    return texts


def _faults(rule: Rule, texts: Mapping[str, str]) -> dict[str, str]:
    """Everything that cannot be read, not only the first: name -> why, in English."""
    faults = {}
    known = {parameter.name: parameter for parameter in rule.parameters}
    for name, parameter in known.items():
        if name not in texts and parameter.required:
            faults[name] = "is missing"
    for name, text in texts.items():
        try:
            if name in known:
                known[name].kind.read(text, name)
            elif _is_setting(name):
                terms_asked({name: text})
            else:
                faults[name] = f"is no parameter of {rule.name}, which takes {', '.join(known)}"
        except BadParameter as error:
            faults[name] = error.why
    return faults


def _field(rule: Rule, parameter: Parameter, given: Mapping[str, str], faults: Mapping[str, str]) -> Field:
    name, kind = parameter.name, parameter.kind
    text, fault = given.get(name, ""), faults.get(name, "")
    control, value = _control(kind.name, text) if not kind.choices else ("checks" if kind.many else "select", text)
    picked = set(text.split(",")) if kind.many else {_YES_NO.get(text, text)}
    return Field(
        name=name,
        label=in_page_language(parameter.words),
        control=control,
        value=value,
        help=str(_HELP.get(kind.name, "")),
        fault=fault,
        required=parameter.required and kind.name not in _LISTS,
        choices=[Choice(code, word(code, rule.name), code in picked) for code in kind.choices],
        suggested=_SUGGESTED.get((rule.name, name), []),
        low=0 if control == "number" else None,
    )


_YES_NO = {"true": "yes", "false": "no"}


def _control(kind: str, text: str) -> tuple[str, str]:
    """The input's type and its value: the browser's own control where it can show what was typed."""
    control, shows = _NATIVE.get(kind, ("text", None))
    if shows is None or not text:
        return control, text
    shown = _tokyo_clock(text) if kind == "instant" else text
    return (control, shown) if shows.fullmatch(shown) and _in_calendar(kind, shown) else ("text", text)


def _in_calendar(kind: str, text: str) -> bool:
    """A browser shows nothing for a day that does not exist; the person should see what was typed."""
    if kind not in ("date", "month", "instant"):
        return True
    try:
        dt.datetime.fromisoformat(f"{text}-01" if kind == "month" else text)
    except ValueError:
        return False
    return True


def _tokyo_clock(text: str) -> str:
    """An instant with an offset as Tokyo's clock shows it; anything else as it is."""
    try:
        at = dt.datetime.fromisoformat(text)
        return at.astimezone(TOKYO).replace(tzinfo=None).isoformat() if at.tzinfo else text
    except (ValueError, OverflowError):
        return text


def _settings(rule: Rule, given: Mapping[str, str], faults: Mapping[str, str]) -> list[Field]:
    """What else may be asked under: a version, switches, figures of a form; only switches where the rule says so."""
    switches = [_switch(name, given, faults) for name in SWITCH_RULES]
    if rule.under == "switches":
        return switches
    figures = [_figure(name, given, faults) for name in FIGURES if name in OVERRIDABLE]
    return [_version(given, faults), *figures, *switches]


def _version(given: Mapping[str, str], faults: Mapping[str, str]) -> Field:
    text = given.get("terms", "")
    choices = [Choice(version.name, version.name, version.name == text) for version in VERSIONS]
    return Field(
        "terms", gettext("Version of the terms"), "select", text, fault=faults.get("terms", ""), choices=choices,
        default=LATEST.version,
    )  # fmt: skip


def _figure(name: str, given: Mapping[str, str], faults: Mapping[str, str]) -> Field:
    key = f"form.{name}"
    return Field(
        key, gettext("By form: %(figure)s") % {"figure": FIGURES[name][1]}, "number", given.get(key, ""),
        fault=faults.get(key, ""), default=figure_written(name, LATEST.parameters.figure(name)), low=1, high=FIGURE_MAX,
    )  # fmt: skip


def _switch(name: str, given: Mapping[str, str], faults: Mapping[str, str]) -> Field:
    rule, key, setting = SWITCH_RULES[name], f"switch.{name}", getattr(LATEST.switches, name)
    text = given.get(key, "")
    days = isinstance(setting, int) and not isinstance(setting, bool)
    return Field(
        key, in_page_language(rule.words), "select" if rule.choices else "number" if days else "text", text,
        fault=faults.get(key, ""), choices=[Choice(code, word(code, name), code == text) for code in rule.choices],
        default=setting_written(name, setting), low=0 if days else None, high=DAYS_MAX if days else None,
    )  # fmt: skip


def _told(rule: Rule, answer: Answer[object]) -> Told:
    article = article_name(answer.article)
    if isinstance(answer, Refusal):
        return Told(Said(in_page_language(answer.words)), article, answer.terms_version, code=answer.code)
    return Told(
        answer_said(rule.name, answer.value),
        article,
        answer.terms_version,
        steps=[in_page_language(step.words) for step in answer.steps],
        switches=_had_a_say(answer),
    )


def _had_a_say(answer: Value[object]) -> list[tuple[str, str]]:
    names = ((switch.name, switch.setting) for switch in answer.switches)
    return [(in_page_language(SWITCH_RULES[name].words), setting_written(name, said)) for name, said in names]


def _label(rule: Rule, name: str) -> str:
    """A parameter's label for a sentence that names it, else the name itself."""
    return next((in_page_language(p.words) for p in rule.parameters if p.name == name), name)


def _command(rule: Rule, texts: Mapping[str, str]) -> str:
    pairs = (shlex.quote(f"{name}={text}") for name, text in texts.items())
    return " ".join(("sekisho terms ask", rule.name, *pairs))


def _is_setting(key: str) -> bool:
    return key == "terms" or key.startswith(SETTING_PREFIXES)


def _place(order: list[str], key: str) -> tuple[int, str]:
    return (order.index(key) if key in order else len(order), key)
