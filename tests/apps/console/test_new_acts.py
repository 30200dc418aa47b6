"""The desk's further acts: parts of options, joint applicants, work for many, disclosures, paper claims, tokens."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sekisho.apps.accounts.actions.tokens import actor_of
from sekisho.apps.accounts.models import ApiToken, Person, Role
from sekisho.apps.contracts.actions.facts import tell
from sekisho.apps.contracts.forms import ApplicationForm, read_form
from sekisho.apps.contracts.models import Application, Measure
from sekisho.apps.contracts.queries import told_of
from sekisho.apps.documents.models import Document
from sekisho.apps.incidents.models import BreachClaim
from sekisho.apps.notices.actions import deliver
from sekisho.apps.notices.models import Notice
from sekisho.apps.registers.models import Disclosure, DisclosureProposal
from sekisho.gateways.clock import StandingClock
from sekisho.gateways.mail import MemoryMail
from sekisho.terms.history import FactKind, at_start_of

from ..billing.conftest import colleague  # noqa: F401 - a fixture
from ..billing.debtors import DUE, invoiced, noon
from ..contracts.forms_of_tests import submitted
from ..incidents.acts import missed
from ..world import TESTER, World
from .test_desk import client_of, desk, done, sent, shown  # noqa: F401 - a fixture among them

TODAY = dt.date(2026, 5, 4)


@pytest.mark.article("11-2(3)")
def test_what_is_known_of_an_applicant_stands_on_its_application(
    desk: Client,  # noqa: F811
    seeing_all: World,
    hand: StandingClock,
) -> None:
    invoiced(seeing_all.contract)
    hand.move_to(noon(DUE + dt.timedelta(days=40)))
    page = shown(desk, "application", submitted(seeing_all.owner.organisation).number)
    assert "What we know of this applicant" in page
    assert seeing_all.contract.number in page


@pytest.mark.article("12-5")
def test_two_of_five_accounts_are_stopped_and_the_rest_stays(desk: Client, seeing_all: World) -> None:  # noqa: F811
    fact = tell(TESTER, seeing_all.contract, FactKind.EXTRA_ACCOUNTS, 5, at_start_of(dt.date(2026, 4, 1)))
    told = {"threads": [fact.thread], "count_0": "2"}
    page = sent(desk, "contract_act", seeing_all.contract.number, "stop-option", **told)
    assert "How many of" in page and "Last day" in page
    done(desk, "contract_act", seeing_all.contract.number, "stop-option", **told)
    left = told_of(seeing_all.contract).on(dt.date(2026, 12, 1)).facts
    assert left.extra_accounts == 3


def test_an_ancillary_service_is_stopped_by_its_own_page(desk: Client, seeing_all: World) -> None:  # noqa: F811
    fact = tell(TESTER, seeing_all.contract, FactKind.ANCILLARY, "ip_address", at_start_of(dt.date(2026, 4, 1)))
    page = sent(desk, "contract_act", seeing_all.contract.number, "stop-ancillary", threads=[fact.thread])
    assert "Article 13 charges nothing" in page
    done(desk, "contract_act", seeing_all.contract.number, "stop-ancillary", threads=[fact.thread])
    assert told_of(seeing_all.contract).of_kind(FactKind.ANCILLARY)[-1].until_at is not None


@pytest.mark.article("9-1")
def test_a_paper_form_names_joint_contractors_kana_and_a_line_that_is_ordered(
    desk: Client,  # noqa: F811
    seeing_all: World,
) -> None:
    owner = seeing_all.owner.organisation
    paper = {
        "office": "本社", "line": "LINE-55", "line_kind": "ip_network_service", "line_ordered": "on", "service": "UTM",
        "plan": "basic", "access_item": "best_effort_1g", "functions": ["firewall", "ids_ips"], "retention_years": 1,
        "extra_accounts": 0, "name_kana": "アオバセイサクショ", "device-TOTAL_FORMS": 1, "device-INITIAL_FORMS": 0,
        "device-0-label": "本社", "joint-TOTAL_FORMS": 1, "joint-INITIAL_FORMS": 0,
    }  # fmt: skip
    wrong = sent(desk, "new_application", owner.pk, **paper, **{"joint-0-name_kana": "ワカバ"})
    assert "Name the joint contractor." in wrong
    more = sent(desk, "new_application", owner.pk, **paper, **{"joint-0-name": "株式会社若葉", "more_joint": "yes"})
    assert 'name="joint-1-name"' in more
    sent(desk, "new_application", owner.pk, **paper, **{"joint-0-name": "株式会社若葉", "joint-0-name_kana": "ワカバ"})
    form = read_form(ApplicationForm, Application.objects.order_by("-pk").first().form)
    assert form.line_ordered and form.contractor.name_kana == "アオバセイサクショ"
    assert [(one.name, one.name_kana) for one in form.joint_contractors] == [("株式会社若葉", "ワカバ")]


@pytest.mark.article("20-1")
def test_work_for_several_contracts_is_announced_begun_and_ended_for_all(
    desk: Client,  # noqa: F811
    seeing_all: World,
    hand: StandingClock,
) -> None:
    numbers = f"{seeing_all.contract.number}, {seeing_all.other_contract.number}"
    told = {
        "contracts": numbers, "ground": "periodic_check", "fact": "設備の交換", "reason": "10分止まります",
        "starts_at": "2026-06-20T01:00", "until_at": "2026-06-20T02:00",
    }  # fmt: skip
    page = sent(desk, "new_work", **told)
    assert "Last day for the notice" in page and not Measure.objects.exists()
    assert "There is no such contract: SK9" in sent(desk, "new_work", **{**told, "contracts": "SK9"})
    done(desk, "new_work", **told)
    works = {measure.work for measure in Measure.objects.all()}
    assert len(works) == 1 and Measure.objects.count() == 2
    for mail in Notice.objects.filter(channel="mail"):
        deliver(mail.pk, MemoryMail())
    hand.move_to(dt.datetime(2026, 6, 19, 16, 1, tzinfo=dt.UTC))
    (work,) = works
    assert "Announced" in shown(desk, "works")
    assert "Interrupted now" in sent(desk, "work_step", work, step="begin")
    assert "Say what came of the work" in sent(desk, "work_step", work, step="end")
    assert "No work is announced" in sent(desk, "work_step", work, step="end", reason="終了")


@pytest.mark.article("38-4")
def test_a_disclosure_is_proposed_by_one_person_and_made_by_another(
    desk: Client,  # noqa: F811
    seeing_all: World,
    colleague: Person,  # noqa: F811
) -> None:
    told = {"basis": "warrant", "recipient": "福岡県警察", "items": "氏名\n住所", "reference": "令状 第5号"}
    assert "another person approves" in sent(desk, "contract_act", seeing_all.contract.number, "disclose", **told)
    done(desk, "contract_act", seeing_all.contract.number, "disclose", **told)
    proposal = DisclosureProposal.objects.get()
    assert "Another administrator decides." in shown(desk, "registers")
    assert "Another person has to decide" in sent(desk, "decide_disclosure", proposal.number, answer="approve")
    assert not Disclosure.objects.exists()
    other = client_of(colleague)
    assert "福岡県警察" in shown(other, "registers")
    sent(other, "decide_disclosure", proposal.number, answer="approve")
    made = Disclosure.objects.get()
    assert (made.items, made.by, made.approved_by) == (["氏名", "住所"], seeing_all.carrier, colleague)
    proposal.refresh_from_db()
    assert (proposal.recipient, proposal.items, proposal.disclosure) == ("", [], made)


@pytest.mark.article("35-1")
def test_a_claim_on_paper_is_kept_as_it_was_scanned(desk: Client, seeing_all: World, hand: StandingClock) -> None:  # noqa: F811
    breach = missed(seeing_all, hand)
    hand.advance(hours=1)
    arrived = hand.now().astimezone(dt.timezone(dt.timedelta(hours=9))).strftime("%Y-%m-%dT%H:%M:%S")
    wrong = SimpleUploadedFile("claim.pdf", b"MZ\x90")
    assert "Choose a PDF, PNG or JPEG file" in sent(desk, "record_claim", breach.pk, arrived_at=arrived, scan=wrong)
    assert not BreachClaim.objects.exists()
    sent(desk, "record_claim", breach.pk, arrived_at=arrived, scan=SimpleUploadedFile("c.pdf", b"%PDF-1.7 claim"))
    claim = BreachClaim.objects.get()
    kept = Document.objects.get(number=claim.document)
    assert (kept.kind, kept.media_type, bytes(kept.content.content)) == (
        "sla_claim",
        "application/pdf",
        b"%PDF-1.7 claim",
    )


def test_a_token_is_shown_once_works_and_is_revoked(desk: Client, seeing_all: World) -> None:  # noqa: F811
    organisation = seeing_all.owner.organisation
    address = f"/console/tokens?organisation={organisation.pk}"
    told = {"name": "会計連携", "role": Role.CONTRACTOR_MEMBER.value, "scopes": ["invoices:read"], "days": "30"}
    page = desk.post(address, told).content.decode()
    text = page.split("<output>")[1].split("</output>")[0]
    assert actor_of(text) is not None
    assert text not in desk.get(address).content.decode()
    token = ApiToken.objects.get()
    sent(desk, "revoke_token", token.public_id)
    assert actor_of(text) is None


def test_a_contractors_administrator_makes_tokens_of_the_own_organisation_alone(seeing_all: World) -> None:
    owner = client_of(seeing_all.owner)
    told = {"name": "自社", "role": Role.CONTRACTOR_MEMBER.value, "scopes": ["contracts:read"], "days": "30"}
    assert "<output>" in owner.post("/tokens", told).content.decode()
    assert ApiToken.objects.get().organisation == seeing_all.owner.organisation
    stranger = client_of(seeing_all.stranger)
    assert stranger.post(f"/tokens/{ApiToken.objects.get().public_id}/revoke").status_code == 404
    owner.post("/tokens", {**told, "role": Role.CARRIER_ADMIN.value})
    assert ApiToken.objects.count() == 1
