"""A rule that can be asked by name with texts, and its answer as plain data (what JSON can say)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from sekisho.terms.asking.kinds import Kind
from sekisho.terms.asking.settings import SETTING_PREFIXES, terms_asked
from sekisho.terms.values import Answer, BadParameter, Refusal, Value
from sekisho.terms.words import Step, Words, Yen

Plain = bool | int | str | None | list["Plain"] | dict[str, "Plain"]


class Parameter(NamedTuple):
    """``is_now``: left out, it is the instant of the asking, or the latest that the question itself speaks of."""

    name: str
    kind: Kind
    words: Words
    required: bool = True
    is_now: bool = False


class Rule(NamedTuple):
    """``articles`` are all that the rule keeps, the first being its own; ``answer`` takes the parameters by name.

    A parameter that is left out is not passed, so that the rule's own default holds. ``under`` names what of the
    terms asked under is passed besides: all of it, or its switches where the rule finds the version itself.
    """

    name: str
    articles: tuple[str, ...]
    words: Words
    parameters: tuple[Parameter, ...]
    answer: Callable[..., Answer[Any]]
    under: Literal["terms", "switches"] = "terms"
    in_yen: bool = False
    value_words: Mapping[str, Words] = {}

    @property
    def article(self) -> str:
        return self.articles[0]

    @property
    def module(self) -> str:
        """The module of the rule's function, such as 'sekisho.terms.minimum'."""
        return self.answer.__module__


def need(name: str, kind: Kind, ja: str, en: str) -> Parameter:
    return Parameter(name, kind, Words(ja, en))


def may(name: str, kind: Kind, ja: str, en: str) -> Parameter:
    return Parameter(name, kind, Words(ja, en), required=False)


def ask(rule: Rule, texts: Mapping[str, str], *, now: dt.datetime) -> Answer[Any]:
    """The rule's answer to parameters given as texts; ``now`` is used by rules that take it and were not told.

    Besides its parameters a rule takes the settings of ``settings``: terms=V5, switch.NAME=..., form.NAME=...
    Raises ``BadParameter``, with the parameter's name, for whatever cannot be asked.
    """
    settings = {key: text for key, text in texts.items() if key == "terms" or key.startswith(SETTING_PREFIXES)}
    known = {parameter.name: parameter for parameter in rule.parameters}
    for name in texts:
        if name not in known and name not in settings:
            raise BadParameter(name, f"is no parameter of {rule.name}, which takes {', '.join(known)}")
    values: dict[str, Any] = {}
    for parameter in rule.parameters:
        text = texts.get(parameter.name)
        if text is not None:
            values[parameter.name] = parameter.kind.read(text, parameter.name)
        elif parameter.is_now:
            values[parameter.name] = max((now, *(v for v in values.values() if isinstance(v, dt.datetime))))
        elif parameter.required:
            raise BadParameter(parameter.name, f"is missing: {parameter.kind.form.en}")
    terms = terms_asked(settings)
    values[rule.under] = terms if rule.under == "terms" else terms.switches
    try:
        return rule.answer(**values)
    except BadParameter as error:
        if error.parameter in known:
            raise
        # A rule beneath speaks of what it was given; the asker knows only the parameters of this one.
        raise BadParameter(_dated(rule), f"cannot be used here: {error}") from None
    except OverflowError:
        raise BadParameter(_dated(rule), "leads outside the calendar") from None


def plain(rule: Rule, answer: Answer[Any]) -> dict[str, Plain]:
    """The answer as JSON says it: ``value`` or ``refusal``, then article, terms_version, steps and switches."""
    found: dict[str, Plain] = {"rule": rule.name}
    if isinstance(answer, Refusal):
        found["refusal"] = {"code": answer.code, "ja": answer.words.ja, "en": answer.words.en}
    else:
        found["value"] = plain_value(answer.value)
    steps = () if isinstance(answer, Refusal) else answer.steps
    switches = answer.switches if isinstance(answer, Value) else ()
    return found | {
        "article": answer.article,
        "terms_version": answer.terms_version,
        "steps": [_plain_step(step) for step in steps],
        "switches": {switch.name: plain_value(switch.setting) for switch in switches},
    }


def plain_value(value: object) -> Plain:
    """Dates and instants as ISO text, named tuples as objects, sequences as lists."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: plain_value(part) for name, part in value._asdict().items()}
    if isinstance(value, tuple | list):
        return [plain_value(part) for part in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"a rule answered {type(value).__name__}, which has no plain form")


def value_told(rule: Rule, value: object) -> Words:
    """The value as people write it: yes and no, dates, yen, an object's parts one after the other."""
    if isinstance(value, bool):
        return Words("はい", "yes") if value else Words("いいえ", "no")
    if isinstance(value, dt.date):
        return Words("{0}", "{0}").with_facts(value)
    if isinstance(value, int):
        return Words("{0}", "{0}").with_facts(Yen(value) if rule.in_yen else value)
    if isinstance(value, tuple):
        names = value._fields if hasattr(value, "_fields") else ("",) * len(value)
        parts = [(name, value_told(rule, part)) for name, part in zip(names, value, strict=True)]
        return Words(
            ", ".join(f"{name} {part.ja}".strip() for name, part in parts),
            ", ".join(f"{name} {part.en}".strip() for name, part in parts),
        )
    return rule.value_words.get(str(value), Words(str(value), str(value)))


def _dated(rule: Rule) -> str:
    """The parameter that a question about time is most likely wrong in: the first with a date in it."""
    dated = (p.name for p in rule.parameters if p.kind.name in ("date", "month", "instant"))
    return next(dated, rule.parameters[0].name)


def _plain_step(step: Step) -> dict[str, Plain]:
    words = step.words
    return {"ja": words.ja, "en": words.en}
