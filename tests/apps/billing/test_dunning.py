"""From a late invoice to a letter, and from a letter to a suspension that a person announces."""

from __future__ import annotations

import datetime as dt

import pytest

from sekisho.apps.accounts import actions as accounts
from sekisho.apps.accounts.models import Organisation, OrganisationKind
from sekisho.apps.billing.actions.allocating import Use
from sekisho.apps.billing.actions.dunning import drop_letter, make_letters, remind, send_letter, set_dunning_level
from sekisho.apps.billing.actions.matching import confirm_receipt
from sekisho.apps.billing.actions.suspending import announce_suspension, decline_suspension, propose_suspension
from sekisho.apps.billing.dunning_steps import Level, Reached, next_level
from sekisho.apps.billing.jobs.arrears import remind_debtors, settle_proposals
from sekisho.apps.billing.models import DunningLetter, SuspensionProposal
from sekisho.apps.billing.queries.dunning import exposures, letters_to_decide, proposals_to_decide, suspensions_to_lift
from sekisho.apps.contracts.actions.parties import PartyFacts, enter_party, leave_party
from sekisho.apps.contracts.models import Contract, ContractParty, Measure, MeasureKind
from sekisho.apps.contracts.queries import contract_at
from sekisho.apps.documents.models import Content, Document
from sekisho.apps.notices.models import Notice
from sekisho.apps.refusals import Refused
from sekisho.gateways.clock import StandingClock
from sekisho.terms.contract_states import Overlay

from ..world import EVERYTHING, TESTER, World
from .debtors import DUE, admin_of, invoiced, noon, received

DAY = dt.timedelta(days=1)
FIRST, SECOND, THIRD = Level(1, 7, 10), Level(2, 21, 10), Level(3, 35, 7)
LEVELS = (THIRD, FIRST, SECOND)


def late(world: World, hand: StandingClock, days: int, contract: Contract | None = None) -> Contract:
    """A contract with an invoice of 110,000 yen that is so many days late today."""
    contract = contract or world.contract
    invoiced(contract)
    hand.move_to(noon(DUE + days * DAY))
    return contract


def joined(contract: Contract, name: str, since_on: dt.date) -> ContractParty:
    organisation = Organisation.objects.filter(name=name).first() or accounts.add_organisation(
        TESTER, kind=OrganisationKind.CONTRACTOR, name=name
    )
    return enter_party(TESTER, contract=contract, organisation=organisation, facts=PartyFacts(name), since_on=since_on)


@pytest.mark.parametrize(
    ("days_late", "reached", "due"),
    [
        (6, [], None),
        (7, [], FIRST),
        (90, [], FIRST),
        (21, [Reached(1, True, DUE)], SECOND),
        (20, [Reached(1, True, DUE)], None),
        (90, [Reached(1, False, DUE)], None),
        (90, [Reached(1, True, DUE + 40 * DAY)], None),
        (90, [Reached(1, True, DUE), Reached(2, True, DUE)], THIRD),
        (90, [Reached(3, True, DUE)], None),
    ],
)
def test_levels_follow_one_another_each_after_the_time_that_the_last_one_gave(
    days_late: int, reached: list[Reached], due: Level | None
) -> None:
    assert next_level(LEVELS, days_late, reached, DUE + 40 * DAY) == due


@pytest.mark.article("30-1")
def test_a_letter_states_what_is_open_with_interest_to_its_day(seeing_all: World, hand: StandingClock) -> None:
    letter = remind(TESTER, contract=late(seeing_all, hand, 31))
    assert (letter.level, letter.open_yen, letter.interest_yen) == (1, 110_000, 1_364)
    assert (letter.dated, letter.pay_by_on, letter.suspends_on) == (DUE + 31 * DAY, DUE + 41 * DAY, None)
    assert letter.items[0]["due_on"] == "2026-05-29"
    assert remind(TESTER, contract=seeing_all.contract) is None
    assert letters_to_decide(EVERYTHING) == [letter]


def test_nothing_is_written_about_what_is_not_late_or_was_paid(seeing_all: World, hand: StandingClock) -> None:
    contract = late(seeing_all, hand, 0)
    assert remind(TESTER, contract=contract) is None
    hand.advance(days=30)
    invoice = contract.invoices.get()
    confirm_receipt(seeing_all.carrier, receipt=received(110_000), uses=[Use(110_000, contract, invoice)])
    assert remind(TESTER, contract=contract) is None


def test_a_person_sends_a_letter_and_it_is_kept_as_pdf_and_told_by_mail(seeing_all: World, hand: StandingClock) -> None:
    letter = remind(TESTER, contract=late(seeing_all, hand, 8))
    sent = send_letter(seeing_all.carrier, letter=letter)
    assert (sent.decision, sent.decided_by) == ("sent", seeing_all.carrier)
    document = Document.objects.get(pk=sent.document_id)
    assert (document.kind, document.number, document.yen) == (
        "dunning_letter",
        letter.number,
        letter.open_yen + letter.interest_yen,
    )
    assert bytes(Content.objects.get(pk=document.pk).content).startswith(b"%PDF")
    notice = Notice.objects.get(pk=sent.notice_id)
    assert letter.number in notice.subject
    assert "110,000円" in notice.body
    with pytest.raises(Refused, match=r"dunning\.decided"):
        send_letter(seeing_all.carrier, letter=letter)


def test_a_dropped_letter_counts_as_its_level(seeing_all: World, hand: StandingClock) -> None:
    contract = late(seeing_all, hand, 8)
    letter = remind(TESTER, contract=contract)
    with pytest.raises(Refused, match=r"reason\.missing"):
        drop_letter(seeing_all.carrier, letter=letter, reason="")
    drop_letter(seeing_all.carrier, letter=letter, reason="支払の約束あり")
    assert not Notice.objects.filter(subject_of__startswith="dunning_letter").exists()
    hand.advance(days=20)
    assert remind(TESTER, contract=contract).level == 2


def test_a_level_that_is_set_automatic_sends_without_a_person(seeing_all: World, hand: StandingClock) -> None:
    with pytest.raises(Refused, match="not_permitted"):
        set_dunning_level(seeing_all.carrier, level=1, days_late=3, pay_within_days=5, automatic=True)
    set_dunning_level(admin_of(seeing_all), level=1, days_late=3, pay_within_days=5, automatic=True)
    letter = remind(TESTER, contract=late(seeing_all, hand, 3))
    assert (letter.decision, letter.decided_by, letter.pay_by_on) == ("sent", None, DUE + 8 * DAY)


def test_only_the_final_letter_names_a_day_of_suspension(seeing_all: World, hand: StandingClock) -> None:
    contract = late(seeing_all, hand, 40)
    (letter,) = make_letters(seeing_all.carrier, contract=contract, level=3, addressees=[contract.contractor])
    assert letter.suspends_on == letter.pay_by_on + DAY
    sent = send_letter(seeing_all.carrier, letter=letter)
    assert bytes(Content.objects.get(pk=sent.document_id).content).startswith(b"%PDF")


@pytest.mark.article("33-1")
def test_each_joint_party_owes_all_of_the_rest_whoever_paid(seeing_all: World, hand: StandingClock) -> None:
    contract = late(seeing_all, hand, 8)
    first = contract.parties.get()
    second = joined(contract, "株式会社若葉", dt.date(2026, 4, 1))
    invoice = contract.invoices.get()
    confirm_receipt(seeing_all.carrier, receipt=received(60_000), uses=[Use(60_000, contract, invoice)])
    told = exposures(EVERYTHING, contract, DUE)
    assert {one.organisation: one.yen for one in told} == {first.organisation: 50_000, second.organisation: 50_000}


@pytest.mark.article("33-1")
def test_a_party_that_left_answers_for_its_time_and_can_be_written_to(seeing_all: World, hand: StandingClock) -> None:
    contract = late(seeing_all, hand, 8)
    gone = joined(contract, "株式会社若葉", dt.date(2026, 4, 1))
    leave_party(TESTER, party=gone, until_on=dt.date(2026, 5, 31))
    newcomer = joined(contract, "株式会社新芽", dt.date(2026, 6, 1))
    told = {one.organisation: (one.is_party, one.yen) for one in exposures(EVERYTHING, contract, dt.date(2026, 6, 6))}
    assert told[gone.organisation] == (False, 110_000)
    assert newcomer.organisation not in told
    addressees = [contract.contractor, gone.organisation]
    letters = make_letters(seeing_all.carrier, contract=contract, level=1, addressees=addressees)
    assert [letter.addressee for letter in letters] == addressees
    assert letters[0].joint == ["株式会社若葉"]
    assert make_letters(seeing_all.carrier, contract=contract, level=1, addressees=addressees) == []
    with pytest.raises(Refused, match=r"dunning\.not_liable"):
        make_letters(seeing_all.carrier, contract=contract, level=1, addressees=[newcomer.organisation])


@pytest.mark.article("21-1(1)")
def test_arrears_are_proposed_for_suspension_from_the_first_day_and_never_before(
    seeing_all: World, hand: StandingClock
) -> None:
    contract = late(seeing_all, hand, 0)
    assert propose_suspension(TESTER, contract=contract) is None
    hand.advance(days=1)
    proposal = propose_suspension(TESTER, contract=contract)
    assert (proposal.eligible_on, proposal.open_yen, proposal.article) == (DUE + DAY, 110_000, "21-1(1)")
    assert propose_suspension(TESTER, contract=contract) is None
    assert Overlay.SUSPENDED not in contract_at(EVERYTHING, contract, hand.now()).overlays
    assert not Measure.objects.exists()


@pytest.mark.article("21-2")
def test_a_person_announces_the_suspension_with_notice_before_it_begins(seeing_all: World, hand: StandingClock) -> None:
    contract = late(seeing_all, hand, 20)
    proposal = propose_suspension(TESTER, contract=contract)
    words = {"reason": "料金の支払遅滞", "period": "お支払いの確認まで"}
    with pytest.raises(Refused, match=r"notice\.too_late"):
        announce_suspension(seeing_all.carrier, proposal=proposal, starts_at=hand.now(), **words)
    starts_at = hand.now() + 10 * DAY
    announced = announce_suspension(seeing_all.carrier, proposal=proposal, starts_at=starts_at, **words)
    measure = Measure.objects.get(number=announced.measure)
    assert (measure.kind, measure.ground, measure.starts_at) == (MeasureKind.SUSPENSION, "arrears", starts_at)
    assert measure.arrears_due_on == DUE
    assert proposals_to_decide(EVERYTHING) == []
    assert suspensions_to_lift(EVERYTHING, DUE + 20 * DAY) == []
    invoice = contract.invoices.get()
    confirm_receipt(seeing_all.carrier, receipt=received(110_000), uses=[Use(110_000, contract, invoice)])
    assert suspensions_to_lift(EVERYTHING, DUE + 20 * DAY) == [announced]
    with pytest.raises(Refused, match=r"suspension\.decided"):
        decline_suspension(seeing_all.carrier, proposal=proposal, reason="様子を見る")


def test_whoever_has_paid_is_not_suspended(seeing_all: World, hand: StandingClock) -> None:
    contract = late(seeing_all, hand, 20)
    proposal = propose_suspension(TESTER, contract=contract)
    confirm_receipt(
        seeing_all.carrier, receipt=received(110_000), uses=[Use(110_000, contract, contract.invoices.get())]
    )
    with pytest.raises(Refused, match=r"suspension\.paid"):
        announce_suspension(
            seeing_all.carrier, proposal=proposal, starts_at=hand.now() + DAY, reason="遅滞", period="入金まで"
        )
    settle_proposals()
    assert SuspensionProposal.objects.get().decision == "paid"


def test_the_morning_s_work_looks_after_every_contract_and_repeats_nothing(
    seeing_all: World, hand: StandingClock
) -> None:
    late(seeing_all, hand, 8)
    late(seeing_all, hand, 8, seeing_all.other_contract)
    for _ in range(2):
        assert remind_debtors() == 2
        settle_proposals()
    assert DunningLetter.objects.count() == 2
    assert len(proposals_to_decide(EVERYTHING)) == 2


def test_only_the_carrier_decides_on_letters(seeing_all: World, hand: StandingClock) -> None:
    letter = remind(TESTER, contract=late(seeing_all, hand, 8))
    for person in (seeing_all.analyst, seeing_all.owner):
        with pytest.raises(Refused, match="not_permitted"):
            send_letter(person, letter=letter)
