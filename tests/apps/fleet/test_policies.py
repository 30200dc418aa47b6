"""Layers, their revisions, what they come to, and what may be published."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, transaction

from sekisho.apps.audit.queries import acts_on
from sekisho.apps.contracts.queries import scope_of
from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.models import Delivery, LayerRevision, PolicyLayer, PolicyRevision
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho_wire.policy.canonical import content_hash

from ..world import EVERYTHING, World
from .conftest import WEB, Fleet


def line(fleet: Fleet, document: dict, **more) -> LayerRevision:
    layer = actions.line_layer(fleet.admin, device=fleet.device)
    return actions.write_layer(fleet.admin, layer=layer, document=document, why="asked for", **more)


def publish(fleet: Fleet, **more) -> PolicyRevision:
    return actions.publish_policy(fleet.admin, device=fleet.device, **{"why": "taken into service", **more})


def test_a_template_becomes_the_first_revision_of_a_device_with_who_why_and_ticket(fleet: Fleet) -> None:
    row = publish(fleet, ticket="CHG-1")

    assert (row.number, row.who_id, row.why, row.ticket, row.previous) == (
        1,
        fleet.admin.pk,
        "taken into service",
        "CHG-1",
        "",
    )
    assert row.policy.revision == 1 and [rule.name for rule in row.policy.rules] == ["web"]
    assert row.content == content_hash(row.policy)
    assert row.layers == [{"layer": fleet.template.pk, "number": 1}]
    assert Delivery.objects.get(device=fleet.device).wanted == 1
    assert acts_on("device:UTM100001")[-1].act == "fleet.publish_policy"


def test_contractor_and_line_are_laid_over_the_template_and_the_view_says_who_said_what(fleet: Fleet) -> None:
    publish(fleet)
    above = actions.contractor_layer(fleet.admin, organisation=fleet.owner.organisation)
    actions.write_layer(fleet.admin, layer=above, document={"intrusion": {"mode": "prevent"}}, why="they want it")
    mail = WEB | {"name": "no-mail", "action": "drop"}
    line(fleet, {"rules": [mail]})

    draft = queries.effective_policy(EVERYTHING, fleet.device)
    assert draft.problems == ()
    assert [rule.name for rule in draft.policy.rules] == ["no-mail", "web"]
    assert draft.effective.layer_of("/intrusion/mode") == str(above)
    assert {(change.kind, change.section) for change in draft.changes} == {("added", "rules"), ("changed", "intrusion")}
    assert publish(fleet).number == 2
    # The neighbour's device has the template alone.
    assert queries.effective_policy(EVERYTHING, fleet.other).policy.intrusion.mode == "detect"


def test_what_the_template_locks_no_line_may_change(fleet: Fleet) -> None:
    document = queries.layers_of(EVERYTHING, fleet.device)[0].revision.document
    actions.write_layer(
        fleet.admin, layer=fleet.template, document=document, locked=["/intrusion/mode"], why="not for sale"
    )
    line(fleet, {"intrusion": {"mode": "off"}})
    with pytest.raises(actions.PolicyRefused, match="is locked by template:standard"):
        publish(fleet)


def test_what_the_plan_does_not_include_is_refused_with_its_place(fleet: Fleet, world: World) -> None:
    line(fleet, {"sandbox": {"mode": "hold"}})
    with pytest.raises(Refused) as refused:
        publish(fleet)
    assert refused.value.code == "policy.problems"
    assert {problem.pointer for problem in refused.value.problems} >= {"/sandbox/mode"}
    assert not PolicyRevision.objects.exists() and not Delivery.objects.exists()


def test_an_editor_sees_what_a_change_would_do_before_anybody_saves(fleet: Fleet) -> None:
    publish(fleet)
    layer = actions.line_layer(fleet.admin, device=fleet.device)
    draft = queries.draft_policy(EVERYTHING, fleet.device, layer, {"rules": [WEB | {"action": "reject"}]})
    assert [(change.kind, change.name) for change in draft.changes] == [("changed", "web")]
    wrong = queries.draft_policy(EVERYTHING, fleet.device, layer, {"rules": [WEB | {"from_zone": "nowhere"}]})
    assert [problem.place for problem in wrong.problems] == ["rules[0].from_zone"]
    shapeless = queries.draft_policy(EVERYTHING, fleet.device, layer, {"rulez": []})
    assert shapeless.effective is None and shapeless.problems
    assert not LayerRevision.objects.filter(layer=layer).exists()


def test_the_same_content_is_not_published_twice_and_a_reason_is_asked_for(fleet: Fleet) -> None:
    with pytest.raises(Refused, match=r"policy\.why"):
        publish(fleet, why=" ")
    publish(fleet)
    with pytest.raises(Refused, match=r"policy\.unchanged"):
        publish(fleet)


def test_an_earlier_revision_can_be_published_again_as_a_new_one(fleet: Fleet) -> None:
    first = publish(fleet)
    line(fleet, {"rules": [WEB | {"name": "more"}]})
    second = publish(fleet)
    third = actions.publish_again(fleet.admin, device=fleet.device, revision=first, why="the second one hurt")
    assert (third.number, third.content, third.previous) == (3, first.content, second.content)
    assert third.policy.revision == 3
    with pytest.raises(Refused, match="other_device"):
        actions.publish_again(fleet.admin, device=fleet.other, revision=first, why="by mistake")


def test_only_who_may_publishes_and_only_the_carrier_writes_templates(fleet: Fleet, world: World) -> None:
    with pytest.raises(Refused, match="not_permitted"):
        actions.publish_policy(world.analyst, device=fleet.device, why="I want to")
    with pytest.raises(Refused, match="not_permitted"):
        actions.write_layer(world.owner, layer=fleet.template, document={}, why="I want to")


def test_revisions_can_be_read_for_ever_and_changed_by_nobody(fleet: Fleet) -> None:
    publish(fleet)
    for table in (PolicyRevision, LayerRevision):
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            table.objects.update(who_name="somebody else")
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            table.objects.all().delete()


def test_a_contractor_reads_templates_and_its_own_and_nothing_of_others(fleet: Fleet, world: World) -> None:
    publish(fleet)
    line(fleet, {"rules": []})
    actions.contractor_layer(fleet.admin, organisation=world.owner.organisation)
    theirs = scope_of(world.stranger)
    with entered(theirs):
        assert {layer.kind for layer in PolicyLayer.objects.all()} == {"template"}
        assert {row.layer_id for row in LayerRevision.objects.all()} == {fleet.template.pk}
        assert queries.revisions_of(theirs, fleet.device) == []
        assert queries.layers_of(theirs, fleet.device) == []
    with entered(scope_of(world.owner)) as mine:
        assert [view.layer.kind for view in queries.layers_of(mine, fleet.device)] == ["template", "contractor", "line"]
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            PolicyLayer.objects.create(kind="template", name="mine")


def test_two_devices_of_one_template_get_revisions_of_their_own(fleet: Fleet) -> None:
    publish(fleet)
    row = actions.publish_policy(fleet.admin, device=fleet.other, why="taken into service")
    assert (row.number, row.contract_id) == (1, fleet.other.contract_id)
