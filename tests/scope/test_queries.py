"""Every query function of every app, found by itself, called as one contractor: nothing of another comes back."""

from __future__ import annotations

import datetime as dt
import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import Model, QuerySet

from sekisho.apps.contracts.actions.taking_on import starting_sheet
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.fleet import actions as fleet
from sekisho.apps.fleet.actions import add_device
from sekisho.apps.fleet.models import Alarm, DeviceReport
from sekisho.apps.incidents import actions, queries
from sekisho.apps.incidents.clocks import judge
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.models import Breach, Level, SecurityIncident
from sekisho.apps.notices import queries as notices
from sekisho.apps.scope import entered
from sekisho.gateways import clock
from sekisho.gateways.clock import standing_at
from sekisho.terms.plans import SecurityFunction
from sekisho_wire.policy.model import policy_of

from ..apps.world import EVERYTHING, TESTER, World, finding

APPS = ("contracts", "fleet", "incidents", "notices")


def scoped_queries() -> Iterator[Callable]:
    for app in APPS:
        module = importlib.import_module(f"sekisho.apps.{app}.queries")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            public_here = not name.startswith("_") and function.__module__.startswith(module.__name__)
            if public_here and next(iter(inspect.signature(function).parameters), "") == "scope":
                yield function


@pytest.fixture
def theirs(seeing_all: World) -> dict[str, Any]:
    """One of everything, under the other contract, by the names of the queries' parameters."""
    record_findings([finding("SK100002", record=n, rule_id=str(2019401 + n)) for n in range(3)])
    device = add_device(TESTER, contract=seeing_all.other_contract, model="m", serial="s-2")
    group, rest, third = queries.triage_queue(EVERYTHING)
    done = actions.determine_level(seeing_all.analyst, group=group, level=Level.HIGH)
    actions.determine_level(seeing_all.analyst, group=rest, level=Level.LOW)
    breach = missed(actions.determine_level(seeing_all.analyst, group=third, level=Level.HIGH).incident)
    draft = actions.drafts_for(done.incident)[0]
    proposal = actions.propose_countermeasure(seeing_all.analyst, incident=done.incident, draft=draft)
    contact = seeing_all.other_contract.contacts.first()
    layer, rollout, block, alarm = steered(seeing_all, device)
    return {
        "layer": layer,
        "layer_id": layer.pk,
        "rollout": rollout,
        "rollout_id": rollout.pk,
        "block_id": block.pk,
        "alarm_id": alarm.pk,
        "ids": [device.device_id],
        "template_id": 0,
        "document": {},
        "revision": 1,
        "scope": scope_of(seeing_all.owner),
        "group": group,
        "group_id": group.pk,
        "incident": done.incident,
        "number": done.incident.number,
        "number of a contract": seeing_all.other_contract.number,
        "numbers": [seeing_all.other_contract.number],
        "contract": seeing_all.other_contract,
        "contract_id": seeing_all.other_contract.pk,
        "contract_ids": [seeing_all.other_contract.pk],
        "key": 0,
        "limit": 10,
        "silent_before": clock.now(),
        "contact_id": contact.pk,
        "breach": breach,
        "breaches": [breach],
        "breach_id": breach.pk,
        "proposal_id": proposal.pk,
        "device": device,
        "policy": policy_of(starting_sheet({SecurityFunction.IDS_IPS})),
        "device_id": "UTM100001",
        "subject_of": queries.subject_of(done.incident),
        "subjects": [queries.subject_of(done.incident)],
        "notice_id": notices.notices_about(EVERYTHING, queries.subject_of(done.incident))[0].pk,
        "before": done.incident.opened_at.replace(year=2027),
        "at": done.incident.opened_at,
    }


def steered(world: World, device):
    """A policy, a block, a report, an alarm and a rollout of a device."""
    layer = fleet.line_layer(TESTER, device=device)
    zones = [{"name": "lan", "interface": "lan0", "networks": ["192.168.10.0/24"], "inside": True}]
    fleet.write_layer(world.carrier, layer=layer, document={"zones": zones}, why="the first")
    fleet.publish_policy(world.carrier, device=device, why="taken into service")
    block = fleet.add_block(world.carrier, device=device, address="203.0.113.9", why="-", consent="proposal:1")
    about = {"device": device, "contract_id": device.contract_id}
    DeviceReport.objects.create(
        **about, series="s", number=1, kind="policy", revision=1, state="confirmed", at=clock.now(),
        received_at=clock.now(),
    )  # fmt: skip
    alarm = Alarm.objects.create(**about, kind="silent", opened_at=clock.now())
    rollout = fleet.start_rollout(world.carrier, title="all", devices=[], canaries=[device], why="-")
    return layer, rollout, block, alarm


def missed(incident: SecurityIncident) -> Breach:
    """The breach of its clock, which nobody stopped in time."""
    with standing_at(incident.clocks.get().due_at + dt.timedelta(seconds=1)):
        judge(incident)
    return queries.breaches_of(EVERYTHING)[0]


def call(query: Callable, given: dict[str, Any]) -> Any:
    needed = [p.name for p in inspect.signature(query).parameters.values() if p.default is p.empty]
    if query.__name__ == "contract_by_number":
        given = {**given, "number": given["number of a contract"]}
    found = query(**{name: given[name] for name in needed})
    return list(found) if isinstance(found, QuerySet) else found


def rows_in(answer: Any) -> list[Model]:
    if isinstance(answer, Model):
        return [answer]
    if isinstance(answer, dict):
        return [row for value in answer.values() for row in rows_in(value)]
    return [row for part in answer for row in rows_in(part)] if isinstance(answer, list | tuple) else []


def contract_of(row: Model) -> int:
    return row.pk if isinstance(row, Contract) else row.contract_id


@pytest.mark.parametrize("query", list(scoped_queries()), ids=lambda q: f"{q.__module__.split('.')[2]}.{q.__name__}")
@pytest.mark.parametrize("guard", ["by query and database", "by query alone", "by database alone"])
def test_a_query_gives_one_contractor_nothing_of_another(theirs: dict[str, Any], query: Callable, guard: str) -> None:
    given = dict(theirs)
    mine = given["scope"]
    if guard == "by database alone":
        given["scope"] = EVERYTHING
    with entered(EVERYTHING if guard == "by query alone" else mine):
        answer = call(query, given)

    assert {contract_of(row) for row in rows_in(answer)} <= mine.contract_ids
    if isinstance(answer, dict):
        assert not any(value for key, value in answer.items() if key not in mine.contract_ids)


def test_the_same_queries_do_find_it_for_its_own_contractor(theirs: dict[str, Any], seeing_all: World) -> None:
    theirs["scope"] = scope_of(seeing_all.stranger)
    silent = []
    with entered(theirs["scope"]):
        for query in scoped_queries():
            answer = call(query, theirs)
            if not rows_in(answer) and not isinstance(answer, dict):
                silent.append(query.__name__)
    # Histories are no rows: tests/apps/contracts proves that they are found.
    # The group was determined a moment ago: nothing is open, nothing else hit the rule, no clock has a verdict.
    assert set(silent) <= {
        "triage_queue", "precedents_of", "latest_verdicts", "unclear_notices", "failed_notices",
        "clock_stops", "attempts_about", "latest_event_at", "credits_of",
        "fault_hint", "fault_hints", "subjects_with_refused_mail", "history_of", "contract_at",
        # Applications in the queue are the carrier's alone, and a checklist has no rows.
        "application_by_number", "waiting_applications", "draft_applications", "checklist_of",
        "changes_accepted",
        # What devices may enforce are plain values: tests of the fleet prove that they are found.
        "policy_problems", "powers_of", "desired_powers", "powers_on", "effective_policy", "draft_policy",
        "rollout_counts", "definitions_on_boxes",
        # There are none here; a template belongs to no contract.
        "templates", "devices_with_template",
    }  # fmt: skip
