"""The URL filter and the application filter where connections announce their names: Suricata rules and lists.

Pure but for the definitions. A list becomes one dataset for each number of labels, and one rule for each of them and
each protocol: the rule cuts the announced name down to so many labels and looks it up, which is an exact match of a
name and of everything below it. What is allowed is asked in the same way and excepts. Refused connections are reset,
so that nobody waits; refused QUIC makes browsers fall back to TLS, which is reset.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sekisho_edge.applications import Application, read_catalogue
from sekisho_edge.render.site_names import NameList, name_lists
from sekisho_wire.policy import SecurityPolicy, resolved

DATASETS_FOLDER = "@DATASETS@"
"""In a rule: the folder of the lists that rules look names up in."""
BUFFERS = {"tls": "tls.sni", "quic": "quic.sni", "http": "http.host", "dns": "dns.query"}
SID_URL, SID_APPLICATION = 9_100_000, 9_200_000
SIDS_EACH = 100
_REFUSE = "rejectboth"
"""Neither end is left waiting for the other."""
_ACTIONS = {"block": _REFUSE, "log": "alert"}


@dataclass
class NameRules:
    """Rules, one a line, and the lists that they look names up in: file name and text."""

    rules: list[str] = field(default_factory=list)
    datasets: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "".join(f"{rule}\n" for rule in self.rules)


def uses_sensor(policy: SecurityPolicy) -> bool:
    """Whether a line needs the sensor: for signatures, or because names of connections are filtered."""
    return policy.intrusion.mode != "off" or filters_names(policy)


def filters_names(policy: SecurityPolicy) -> bool:
    return "sni" in policy.url.layers or any(rule.action == "block" for rule in policy.applications.rules)


def name_rules(policy: SecurityPolicy, definitions: Path) -> NameRules:
    """Everything that the sensor does about names and applications under this policy."""
    plain = resolved(policy)
    made = NameRules()
    if "sni" in plain.url.layers:
        _sites(plain, definitions, made)
    _applications(plain, definitions, made)
    return made


def _sites(policy, definitions, made):
    protocols = ["tls", "quic", *(["http"] if "http" in policy.url.layers else [])]
    lists = name_lists(policy, definitions)
    allowed = [_lists(one.names, made) for one in lists if one.action == "allow"]
    unless = allowed[0] if allowed else {}
    for i, one in enumerate(each for each in lists if each.action != "allow"):
        word = "blocked" if one.action == "block" else "seen"
        about = _About(f"SEKISHO url {word} {one.label}", "url_filter", one.label, SID_URL + i * SIDS_EACH)
        made.rules += _named_rules(_ACTIONS[one.action], protocols, "$HOME_NET", one, unless, about, made)


def _applications(policy, definitions, made):
    """First match decides, so that a rule is only for whom no earlier one of the same application was."""
    catalogue = read_catalogue(definitions)
    earlier: dict[str, list[str]] = {}
    for i, rule in enumerate(policy.applications.rules):
        application = catalogue.get(rule.name)
        before = earlier.setdefault(rule.name, [])
        if application is not None and rule.action == "block" and "any" not in before:
            sid = SID_APPLICATION + i * SIDS_EACH
            about = _About(f"SEKISHO application blocked {rule.name}", "app_filter", rule.name, sid)
            made.rules += _application_rules(application, _source(rule.source, before), about, made)
        before += rule.source or ["any"]


def _application_rules(application: Application, source: str, about: _About, made: NameRules) -> Iterator[str]:
    named = NameList(application.code, "block", application.domains)
    if named.names:
        yield from _named_rules(_REFUSE, list(BUFFERS), source, named, {}, about, made)
    for protocol in application.protocols:
        yield about.rule(f"{_REFUSE} {protocol} {source} any -> any any")
    for one in application.signatures:
        yield about.rule(f"{_REFUSE} {one.protocol} {source} any -> any {one.ports}", one.options)


@dataclass
class _About:
    """What every rule of one list says about itself; counts its signature ids."""

    message: str
    function: str
    label: str
    sid: int

    def rule(self, head: str, options: str = "") -> str:
        metadata = f"signature_severity Informational, sekisho_function {self.function}, sekisho_label {self.label}"
        text = f'{head} (msg:"{self.message}"; {options}{" " if options else ""}classtype:policy-violation; '
        text += f"metadata:{metadata}; sid:{self.sid}; rev:1;)"
        self.sid += 1
        return text


def _named_rules(action, protocols: Iterable[str], source, one: NameList, unless, about: _About, made):
    lists = _lists(one.names, made)
    for protocol in protocols:
        buffer = BUFFERS[protocol]
        excepting = " ".join(_lookup(buffer, "isnotset", *item) for item in unless.items())
        for item in lists.items():
            yield about.rule(
                f"{action} {protocol} {source} any -> any any",
                " ".join(filter(None, ["flow:to_server;", _lookup(buffer, "isset", *item), excepting])),
            )


def _lookup(buffer, how, labels, name):
    cut = (
        rf"((?:[^.]+\.){{{labels - 1}}}[^.]+)\.?$"  # what does not fit stays whole, and is in no list of so many labels
    )
    return (
        f'{buffer}; to_lowercase; pcrexform:"{cut}"; '
        f"dataset:{how},{name},type string,load {DATASETS_FOLDER}/{name}.lst;"
    )


def _lists(names: Sequence[str], made: NameRules) -> dict[int, str]:
    """Number of labels -> name of the list of all names with so many. Named by its content: new content, new list."""
    found: dict[int, list[str]] = {}
    for name in names:
        found.setdefault(name.count(".") + 1, []).append(name)
    return {labels: _dataset(found[labels], made) for labels in sorted(found)}


def _dataset(names, made):
    text = "".join(f"{base64.b64encode(name.encode()).decode()}\n" for name in names)
    name = hashlib.sha256(text.encode()).hexdigest()[:16]
    made.datasets[f"{name}.lst"] = text
    return name


def _source(entries, before):
    """Suricata's list of whom the rule is for; ``before`` are those whom an earlier rule already decided about."""
    own = ",".join(entries) if entries else "$HOME_NET"
    excluded = "".join(f",!{entry}" for entry in before)
    return f"[{own}{excluded}]" if excluded or "," in own else own
