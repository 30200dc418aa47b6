"""Countermeasures from draft to result, and the words they are made of."""

from __future__ import annotations

import pytest

from sekisho.apps.audit.queries import acts_on
from sekisho.apps.fleet.actions import add_device
from sekisho.apps.incidents import actions, queries
from sekisho.apps.incidents.countermeasures import suggested
from sekisho.apps.incidents.intake import record_findings
from sekisho.apps.incidents.kinds import KIND_WORDS, AttackKind, kind_of
from sekisho.apps.incidents.models import Answer, CountermeasureProposal, IncidentState, Level
from sekisho.apps.refusals import Refused

from .world import EVERYTHING, TESTER, World, finding


@pytest.fixture
def proposal(seeing_all: World) -> CountermeasureProposal:
    record_findings([finding()])
    group = queries.triage_queue(EVERYTHING)[0]
    incident = actions.determine_level(seeing_all.analyst, group=group, level=Level.MEDIUM).incident
    return actions.propose_countermeasure(seeing_all.analyst, incident=incident, draft=actions.drafts_for(incident)[0])


def state_of(proposal: CountermeasureProposal) -> str:
    return queries.incident_by_number(EVERYTHING, proposal.incident.number).state


def test_a_proposal_asks_the_contractor_and_the_answer_gives_the_move_back(
    seeing_all: World, proposal: CountermeasureProposal
) -> None:
    assert state_of(proposal) == IncidentState.WITH_CONTRACTOR
    actions.answer_countermeasure(seeing_all.owner, proposal=proposal, answer=Answer.ON_HOLD)
    assert state_of(proposal) == IncidentState.WITH_CONTRACTOR
    answered = actions.answer_countermeasure(
        seeing_all.owner, proposal=proposal, answer=Answer.ACCEPTED, note="お願いします"
    )

    assert state_of(proposal) == IncidentState.WITH_SOC
    assert (answered.answered_by, answered.answer_note) == (seeing_all.owner, "お願いします")
    acts = [row.act for row in acts_on(queries.subject_of(proposal.incident))]
    assert acts[-2:] == ["incidents.answer_countermeasure"] * 2


def test_an_answer_once_given_stands(seeing_all: World, proposal: CountermeasureProposal) -> None:
    actions.answer_countermeasure(seeing_all.owner, proposal=proposal, answer=Answer.DECLINED)
    with pytest.raises(Refused) as refused:
        actions.answer_countermeasure(seeing_all.owner, proposal=proposal, answer=Answer.ACCEPTED)
    assert refused.value.code == "proposal.answered"


@pytest.mark.article("3")
def test_nothing_is_reported_as_done_without_the_contractors_consent(
    seeing_all: World, proposal: CountermeasureProposal
) -> None:
    with pytest.raises(Refused) as refused:
        actions.report_result(seeing_all.analyst, proposal=proposal, result="遮断しました")
    assert refused.value.code == "proposal.no_consent"
    actions.answer_countermeasure(seeing_all.owner, proposal=proposal, answer=Answer.ACCEPTED)

    assert actions.report_result(seeing_all.analyst, proposal=proposal, result="遮断しました").result == "遮断しました"


def test_the_partner_does_not_answer_for_the_contractor(seeing_all: World, proposal: CountermeasureProposal) -> None:
    with pytest.raises(Refused) as refused:
        actions.answer_countermeasure(seeing_all.analyst, proposal=proposal, answer=Answer.ACCEPTED)
    assert refused.value.code == "not_permitted"


@pytest.mark.parametrize("kind", AttackKind)
def test_every_kind_has_a_name_and_a_proposal_in_both_languages(kind: AttackKind) -> None:
    assert all(KIND_WORDS[kind])
    drafts = suggested(kind, internal="192.168.1.5", external="203.0.113.9")
    assert drafts
    for draft in drafts:
        for words in (draft.recommendation, draft.reason, draft.impact):
            assert words.ja and words.en and "{" not in words.ja + words.en


def test_a_hostile_address_can_not_break_a_sentence() -> None:
    (first, *_) = suggested(
        AttackKind.CALLING_HOME, internal="10.0.0.1", external="x\r\nBcc: a@b.example\u202e{internal}"
    )
    assert "\n" not in first.recommendation.ja and "\u202e" not in first.target
    assert "{internal}" in first.target


def test_without_addresses_the_sentences_still_read_well() -> None:
    (first, *_) = suggested(AttackKind.CALLING_HOME, internal="", external="")
    assert "該当の相手先" in first.recommendation.ja and "the peer concerned" in first.recommendation.en


@pytest.mark.parametrize(
    ("tactic", "family", "kind"),
    [
        ("command-and-control", "anything", AttackKind.CALLING_HOME),
        ("", "Web Application Attack", AttackKind.WEB_ATTACK),
        ("initial-access", "Web Application Attack", AttackKind.WEB_ATTACK),
        ("initial-access", "???", AttackKind.INTRUSION),
        ("", "A Network Trojan was detected", AttackKind.MALWARE),
        ("", "", AttackKind.OTHER),
    ],
)
def test_the_kind_is_read_from_the_tactic_then_from_the_rules_words(tactic: str, family: str, kind: AttackKind) -> None:
    assert kind_of(tactic=tactic, rule_family=family, rule_title="") == kind


@pytest.mark.article("3")
def test_what_the_contractor_accepted_is_blocked_on_its_own_device_and_nothing_else_is(
    seeing_all: World, proposal: CountermeasureProposal
) -> None:
    ours = add_device(TESTER, contract=seeing_all.contract, model="Sekisho Edge", serial="S-1")
    other = add_device(TESTER, contract=seeing_all.other_contract, model="Sekisho Edge", serial="S-2")
    with pytest.raises(Refused, match=r"proposal\.no_consent"):
        actions.block_target(seeing_all.analyst, proposal=proposal, device=ours)
    actions.answer_countermeasure(seeing_all.owner, proposal=proposal, answer=Answer.ACCEPTED)
    with pytest.raises(Refused, match=r"proposal\.not_ours"):
        actions.block_target(seeing_all.analyst, proposal=proposal, device=other)
    block = actions.block_target(seeing_all.analyst, proposal=proposal, device=ours)
    assert (block.address, block.consent) == ("203.0.113.66", f"proposal:{proposal.pk}")
    assert acts_on(queries.subject_of(proposal.incident))[-1].act == "incidents.enforce_countermeasure"
