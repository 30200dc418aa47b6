"""Applications: unknown ones, and view only where nobody could enforce it. Each refusal says why.

View only means that requests which write are refused, so somebody must read the requests: TLS inspection of the
zone, an application whose own clients accept the line's CA, and a catalogue that knows which requests write.
"""

from __future__ import annotations

from collections.abc import Iterator

from sekisho_wire.policy.check_objects import address_problems, taken_names, unknown
from sekisho_wire.policy.check_rules import Names
from sekisho_wire.policy.powers import Powers
from sekisho_wire.policy.words import Problem, Words, problem

APPLICATION = Words("アプリケーション", "application")


def application_problems(policy, names: Names, powers: Powers) -> Iterator[Problem]:
    rules = policy.applications.rules
    # Several rules for one application are fine as long as they are for different addresses.
    yield from taken_names("/applications/rules", [rule for rule in rules if not rule.source], APPLICATION)
    for i, rule in enumerate(rules):
        pointer = f"/applications/rules/{i}"
        yield from address_problems(f"{pointer}/source", rule.source, names.addresses)
        facts = None
        if powers.applications is not None:
            facts = powers.applications.get(rule.name)
            if facts is None:
                yield unknown(f"{pointer}/name", rule.name, powers.applications, APPLICATION)
        if rule.action == "view_only":
            yield from _view_only_problems(f"{pointer}/action", policy, rule, facts)


def _view_only_problems(pointer, policy, rule, facts):
    if policy.tls.mode != "inspect":
        yield problem(
            pointer,
            "閲覧のみにはTLS検査が必要です。検査なしでは書き込みと閲覧を見分けられません",
            "view only needs TLS inspection: without it writing and reading look the same",
        )
    if facts is None:
        return
    if facts.pinned:
        yield problem(
            pointer,
            f"{rule.name} は証明書を固定していて復号できません。許可か遮断だけが選べます",
            f"{rule.name} pins its certificate and can't be read: allow or block only",
        )
    if not facts.writes_known:
        yield problem(
            pointer,
            f"{rule.name} のどの通信が書き込みか、カタログにありません。許可か遮断だけが選べます",
            f"the catalogue does not know which requests of {rule.name} write: allow or block only",
        )
    yield from _exempt_problems(pointer, policy.tls, rule, facts)


def _exempt_problems(pointer, tls, rule, facts):
    for domain in facts.domains:
        for exempt in tls.exempt_domains:
            if domain == exempt or domain.endswith(f".{exempt}"):
                yield problem(
                    pointer,
                    f"{rule.name} の {domain} はTLS検査の対象外({exempt})なので、閲覧のみにできません",
                    f"{domain} of {rule.name} is exempt from TLS inspection ({exempt}): view only would do nothing",
                )
