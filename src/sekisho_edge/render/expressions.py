"""The words of nftables' JSON that the renderers use, as plain values. Pure.

Written for nft 1.0.6 and 1.1: a counter is ``{"counter": null}`` there, and an empty object is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

FAMILY, TABLE = "inet", "sekisho"
LOG_GROUP = 100
LOG_BYTES_PER_PACKET = 128
"""IPv4 with options, and the TCP header: all that a log line says."""

Expression = dict[str, Any]
COUNTER: Expression = {"counter": None}
ACCEPT: Expression = {"accept": None}
DROP: Expression = {"drop": None}
REJECT: Expression = {"reject": None}


def match(left: Expression, right: Any, op: str = "==") -> Expression:
    return {"match": {"op": op, "left": left, "right": right}}


def meta(key: str) -> Expression:
    return {"meta": {"key": key}}


def payload(protocol: str, field: str) -> Expression:
    return {"payload": {"protocol": protocol, "field": field}}


def original(key: str) -> Expression:
    """What a connection was aimed at before any translation."""
    return {"ct": {"key": key, "dir": "original"}}


def one_of(values: Iterable[Any]) -> Any:
    """One value as itself, several as an anonymous set."""
    several = list(values)
    return several[0] if len(several) == 1 else {"set": several}


def interval(first: Any, last: Any) -> Any:
    return first if first == last else {"range": [first, last]}


def comes_by(*interfaces: str) -> Expression:
    return match(meta("iifname"), one_of(interfaces))


def leaves_by(*interfaces: str) -> Expression:
    return match(meta("oifname"), one_of(interfaces))


def routed_by(*interfaces: str) -> Expression:
    """Before anybody has routed it: which interface the routes would take."""
    return match({"fib": {"result": "oifname", "flags": ["daddr"]}}, one_of(interfaces))


def state(*states: str) -> Expression:
    return match({"ct": {"key": "state"}}, list(states) if len(states) > 1 else states[0], "in")


def log(prefix: str) -> Expression:
    """Hand a copy to whoever reads our group; nobody there costs nothing."""
    return {"log": {"prefix": f"{prefix} ", "group": LOG_GROUP, "snaplen": LOG_BYTES_PER_PACKET}}


def add_chain(name: str, hook: Sequence | None = None, policy: str = "accept") -> Expression:
    """A chain; ``hook`` is (type, hook, priority) for one that the kernel calls, None for one that is jumped to."""
    chain = {"family": FAMILY, "table": TABLE, "name": name}
    if hook:
        chain |= {"type": hook[0], "hook": hook[1], "prio": hook[2], "policy": policy}
    return {"add": {"chain": chain}}


def add_rule(chain: str, *expressions: Expression, comment: str = "") -> Expression:
    rule = {"family": FAMILY, "table": TABLE, "chain": chain, "expr": list(expressions)}
    return {"add": {"rule": rule | ({"comment": comment} if comment else {})}}


def script(commands: Iterable[Expression]) -> str:
    """One transaction for ``nft -j -f``, a command a line, so that people can read and compare it."""
    lines = ",\n".join(json.dumps(command, separators=(", ", ": ")) for command in commands)
    return f'{{"nftables": [\n{lines}\n]}}\n'
