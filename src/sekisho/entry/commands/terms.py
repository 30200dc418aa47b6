"""Ask what the service terms promise: every rule, with its article and how the answer came about.

An answer is a value or a refusal; both end with exit code 0, because both are answers (with --json a refusal is
an object ``refusal`` with its ``code``). What cannot be asked ends with 2 and one sentence that names the
parameter. Any question may be asked under other terms: terms=V5, switch.proration=daily,
form.cancellation_months=1 (what the contract's application form agreed on).

examples:
  sekisho terms list
  sekisho terms ask cancellation_effect arrived_on=2025-11-30
  sekisho terms ask late_interest principal=110000 due_on=2026-05-29 payments=2026-06-10:50000,2026-06-30:60000
  sekisho terms ask sla_verdict level=high determined_at=2026-05-04T02:13:20+09:00 --json
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from typing import Any

from sekisho.terms.asking.catalogue import RULES
from sekisho.terms.asking.rule import Parameter, Plain, Rule, ask, plain, value_told
from sekisho.terms.values import Answer, BadParameter, Refusal, Value
from sekisho.terms.words import Words

_UNASKABLE = 2


class _FlagsAnywhere(argparse.ArgumentParser):
    """Lets --json stand before, between or after the words of a question, which argparse alone does not."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        return super().parse_known_args(sorted(args or (), key=lambda word: not word.startswith("-")), namespace)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    subcommands = parser.add_subparsers(
        dest="subcommand", required=True, metavar="SUBCOMMAND", parser_class=_FlagsAnywhere
    )
    listing = subcommands.add_parser("list", help="the rules with their parameters, article and meaning")
    listing.add_argument("--json", action="store_true", help="one JSON array")
    asking = subcommands.add_parser(
        "ask",
        help="ask one rule",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="%(prog)s [-h] [--json] RULE [key=value ...]",
    )
    asking.add_argument("question", nargs="+", metavar="RULE key=value", help="see 'sekisho terms list'")
    asking.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    if arguments.subcommand == "list":
        return _list(arguments.json)
    return _ask(*arguments.question, as_json=arguments.json)


def _list(as_json: bool) -> int:
    if as_json:
        print(json.dumps([_described(rule) for rule in RULES.values()], ensure_ascii=False))
        return 0
    for rule in RULES.values():
        print(f"{rule.name}  ({', '.join(rule.articles)})\n  {rule.words.ja} / {rule.words.en}")
        for parameter in rule.parameters:
            print(f"    {parameter.name}{'' if parameter.required else '?'}={_form(parameter)}")
            print(f"      {parameter.words.ja} / {parameter.words.en}")
    return 0


def _ask(name: str, *pairs: str, as_json: bool) -> int:
    try:
        rule = _rule(name)
        answer = ask(rule, _texts(pairs), now=dt.datetime.now(dt.UTC))
    except BadParameter as error:
        print(f"sekisho terms ask: {_printable(str(error))}", file=sys.stderr)
        return _UNASKABLE
    if as_json:
        print(json.dumps(plain(rule, answer), ensure_ascii=False))
    else:
        _tell(rule, answer)
    return 0


def _rule(name: str) -> Rule:
    if name not in RULES:
        raise BadParameter("RULE", f"{name!r} does not exist; 'sekisho terms list' shows the rules")
    return RULES[name]


def _texts(pairs: tuple[str, ...]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for pair in pairs:
        key, separator, text = pair.partition("=")
        if not separator:
            raise BadParameter(key, "has no value: parameters are written key=value")
        if key in texts:
            raise BadParameter(key, "is given twice")
        texts[key] = text
    return texts


def _tell(rule: Rule, answer: Answer[Any]) -> None:
    print(f"{rule.words.ja} / {rule.words.en}")
    if isinstance(answer, Refusal):
        print(f"  不可 / refused: {answer.code}\n    {answer.words.ja}\n    {answer.words.en}")
    else:
        print(f"  答 / answer: {_both(value_told(rule, answer.value))}")
        for number, step in enumerate(answer.steps, 1):
            words = step.words
            print(f"  {number}. {_printable(words.ja)}\n     {_printable(words.en)}")
    print(f"  根拠 / article: {answer.article} ({answer.terms_version})")
    for switch in answer.switches if isinstance(answer, Value) else ():
        print(f"  設定 / switch: {switch.name}={_printable(_as_written(switch.setting))}")


def _as_written(setting: object) -> str:
    """A switch's setting the way ``switch.NAME=`` takes it."""
    return str(setting).lower() if isinstance(setting, bool) else str(setting)


def _both(words: Words) -> str:
    return _printable(words.ja if words.ja == words.en else f"{words.ja} / {words.en}")


def _described(rule: Rule) -> dict[str, Plain]:
    return {
        "rule": rule.name,
        "articles": list(rule.articles),
        "ja": rule.words.ja,
        "en": rule.words.en,
        "parameters": [
            {
                "name": parameter.name,
                "kind": parameter.kind.name,
                "form": parameter.kind.form.en,
                "choices": list(parameter.kind.choices),
                "required": parameter.required,
                "ja": parameter.words.ja,
                "en": parameter.words.en,
            }
            for parameter in rule.parameters
        ],
    }


def _form(parameter: Parameter) -> str:
    return _both(parameter.kind.form)


def _printable(text: str) -> str:
    """A question may come from anywhere: no control characters of its author reach the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
