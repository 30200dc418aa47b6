"""The desk's pages of applications, contracts and registers: every act is shown before it is done."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sekisho.apps.accounts.actions import add_organisation, add_person, set_totp
from sekisho.apps.accounts.models import OrganisationKind, Person, Role
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.actions.taking_on import starting_sheet
from sekisho.apps.contracts.models import Application, Contract, Measure
from sekisho.apps.contracts.queries.measures import state_of
from sekisho.apps.registers.models import Dispute, EnforcementCase, Secret
from sekisho.apps.registers.queries import is_closed, is_over
from sekisho.console.acts import ACTS
from sekisho.gateways.clock import StandingClock
from sekisho.terms.contract_states import ContractState
from sekisho.terms.history import FactKind
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction

from ..contracts.forms_of_tests import draft, screened, submitted
from ..world import EVERYTHING, TESTER, World

HOSTILE = "<script>alert(1)</script>\u202egnp.exe"


@pytest.fixture
def desk(seeing_all: World) -> Client:
    """The carrier's administrator, logged in, reading English."""
    Person.objects.filter(pk=seeing_all.carrier.pk).update(role=Role.CARRIER_ADMIN)
    seeing_all.carrier.refresh_from_db()
    return client_of(seeing_all.carrier)


def client_of(person: Person) -> Client:
    set_totp(TESTER, person=person, secret=generate_totp_secret())
    client = Client()
    client.force_login(person)
    client.cookies["django_language"] = "en"
    return client


def shown(client: Client, name: str, /, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"console:{name}", args=args), query)
    assert answer.status_code == 200, f"{name}: {answer.status_code}"
    return answer.content.decode()


def sent(client: Client, name: str, /, *args: object, **told: object) -> str:
    answer = client.post(reverse(f"console:{name}", args=args), told, follow=True)
    assert answer.status_code == 200, f"{name}: {answer.status_code}"
    return answer.content.decode()


def done(client: Client, name: str, /, *args: object, **told: object) -> str:
    """What is answered to a form that is confirmed."""
    return sent(client, name, *args, **told, confirmed="yes")


def ready(applicant_name: str = "株式会社若葉") -> Application:
    applicant = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name=applicant_name)
    screened(applicant)
    return submitted(applicant)


# Applications


def test_the_queue_says_whose_turn_it_is_and_what_is_missing(desk: Client, seeing_all: World) -> None:
    first = submitted(seeing_all.owner.organisation)
    screened(seeing_all.owner.organisation)
    second = submitted(add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name=HOSTILE), "LINE-8")
    draft(seeing_all.stranger.organisation, "LINE-7", consents=(), plan=None)
    page = shown(desk, "applications")

    assert page.index(first.number) < page.index(second.number)
    assert "Decide: it is its turn" in page
    assert "Screen the applicant" in page
    assert "Incomplete" in page
    assert "<script>alert" not in page


def test_a_paper_application_is_typed_in_saved_incomplete_and_received_when_it_is_whole(
    desk: Client, seeing_all: World
) -> None:
    who = sent(desk, "applicant", name="株式会社新緑", name_en="Shinryoku")
    assert "株式会社新緑" in who
    applicant = seeing_all.owner.organisation.__class__.objects.get(name="株式会社新緑")
    paper = {
        "office": "本社", "line": "LINE-77", "line_kind": "ip_network_service", "line_active": "on", "service": "UTM",
        "plan": "basic", "access_item": "best_effort_1g", "functions": ["firewall", "ids_ips"],
        "retention_years": 1, "extra_accounts": 0, "device-TOTAL_FORMS": 1, "device-INITIAL_FORMS": 0,
        "device-0-label": "本社", "device-0-sheet": "",
    }  # fmt: skip
    page = sent(desk, "new_application", applicant.pk, **paper)
    found = Application.objects.get(applicant=applicant)
    assert "What is missing" in page
    assert "24-3" in page
    assert found.received_at is None

    refused = done(desk, "receive_application", found.number)
    assert 'role="alert"' in refused
    assert Application.objects.get(pk=found.pk).received_at is None

    sheet = json.dumps(starting_sheet({SecurityFunction.IDS_IPS}))
    whole = {"device-0-sheet": sheet, "consent_disclaimers_accepted": "on", "consent_monitoring_consent": "on"}
    sent(desk, "edit_application", found.number, **(paper | whole))
    assert "Place in the queue" in sent(desk, "receive_application", found.number)
    assert "It is in the queue." in done(desk, "receive_application", found.number)
    assert Application.objects.get(pk=found.pk).received_at is not None


def test_a_sheet_that_is_no_json_is_said_beside_its_field_and_what_was_typed_stays(
    desk: Client, seeing_all: World
) -> None:
    told = {"office": "本社", "retention_years": 1, "extra_accounts": 0, "device-TOTAL_FORMS": 1,
            "device-INITIAL_FORMS": 0, "device-0-label": "本社", "device-0-sheet": "{no"}  # fmt: skip
    page = sent(desk, "new_application", seeing_all.owner.organisation.pk, **told)
    assert "This is not JSON" in page
    assert "{no" in page
    assert not Application.objects.filter(applicant=seeing_all.owner.organisation, received_at=None).exists()


def test_one_more_device_keeps_what_was_typed(desk: Client, seeing_all: World) -> None:
    told = {"office": "本社", "retention_years": 1, "extra_accounts": 0, "device-TOTAL_FORMS": 1,
            "device-INITIAL_FORMS": 0, "device-0-label": "本社の装置", "device-0-sheet": "", "more": "yes"}  # fmt: skip
    page = sent(desk, "new_application", seeing_all.owner.organisation.pk, **told)
    assert "本社の装置" in page
    assert 'name="device-1-label"' in page


@pytest.mark.article("11-1")
def test_an_acceptance_shows_the_initial_fee_terms_and_list_and_makes_the_contract(
    desk: Client, seeing_all: World
) -> None:
    application = ready()
    page = sent(desk, "accept_application", application.number)
    assert "Initial fee that arises now" in page
    assert "V6" in page
    assert "2016-10" in page
    assert not Contract.objects.filter(application=application).exists(), "nothing is done before it is confirmed"
    page = done(desk, "accept_application", application.number)
    assert "It became the contract" in page
    assert Contract.objects.filter(application=application).exists()


@pytest.mark.article("11-1")
def test_who_leaves_the_order_is_asked_why(desk: Client, seeing_all: World, hand: StandingClock) -> None:
    submitted(seeing_all.owner.organisation)
    hand.advance(minutes=1)
    application = ready_at("LINE-8")
    form = shown(desk, "accept_application", application.number)
    assert "Why it is accepted out of turn" in form
    assert "Initial fee" not in done(desk, "accept_application", application.number), "no reason, no consequences"
    done(desk, "accept_application", application.number, out_of_turn_reason="工事日が決まっているため")
    assert Contract.objects.filter(application=application).exists()


def ready_at(line: str) -> Application:
    applicant = add_organisation(TESTER, kind=OrganisationKind.CONTRACTOR, name="株式会社若葉")
    screened(applicant)
    return submitted(applicant, line)


@pytest.mark.article("11-2")
def test_a_refusal_names_one_of_nine_grounds_and_the_open_one_needs_words(desk: Client, seeing_all: World) -> None:
    application = submitted(seeing_all.owner.organisation)
    page = shown(desk, "refuse_application", application.number)
    assert page.count('type="radio"') == 9
    refused = done(desk, "refuse_application", application.number, ground="unsuitable")
    assert "has to say what happened" in refused
    page = done(desk, "refuse_application", application.number, ground="credit_risk")
    assert "payment is at risk" in page
    assert queries.act_of(application) == "refused"


@pytest.mark.article("11-2(6)")
def test_a_grey_screening_stops_the_acceptance_until_another_person_clears_it(desk: Client, seeing_all: World) -> None:
    application = submitted(seeing_all.owner.organisation)
    told = {"subjects": "株式会社青葉製作所", "source": "記事検索", "result": "grey", "evidence": "記事1"}
    assert "A second person has to look at it" in sent(desk, "screen_applicant", application.number, **told)
    done(desk, "screen_applicant", application.number, **told)
    assert 'role="alert"' in sent(desk, "accept_application", application.number)
    screening = queries.screenings_of(seeing_all.carrier, application.applicant)[0]
    own = sent(desk, "review_screening", application.number, screening.pk, verdict="cleared", reason="別会社")
    assert "A second person has to review it" in own

    second = client_of(colleague(seeing_all))
    sent(second, "review_screening", application.number, screening.pk, verdict="cleared", reason="別会社と確認")
    done(desk, "accept_application", application.number)
    assert Contract.objects.filter(application=application).exists()


def colleague(world: World) -> Person:
    return add_person(
        TESTER,
        organisation=world.carrier.organisation,
        role=Role.CARRIER_ADMIN,
        email="second@carrier.example",
        name="二人目",
        password="correct horse battery",
    )


def test_the_desk_without_that_permission_sees_no_screening(seeing_all: World) -> None:
    application = submitted(seeing_all.owner.organisation)
    screened(seeing_all.owner.organisation, source="極秘の出典")
    client = client_of(seeing_all.carrier)
    assert "極秘の出典" not in shown(client, "application", application.number)
    assert client.get(reverse("console:screen_applicant", args=[application.number])).status_code == 404


def test_an_application_is_withdrawn_for_a_reason(desk: Client, seeing_all: World) -> None:
    application = submitted(seeing_all.owner.organisation)
    assert "This field is required" in done(desk, "withdraw_application", application.number)
    done(desk, "withdraw_application", application.number, reason="申込者の都合")
    assert queries.act_of(application) == "withdrawn"


@pytest.mark.article("14-1")
def test_a_change_waits_in_the_queue_and_is_accepted_with_its_prices_before_and_after(
    desk: Client, seeing_all: World
) -> None:
    number = seeing_all.contract.number
    told = {"add_accounts": 2}
    assert "A month would cost" in sent(desk, "contract_act", number, "change", **told)
    done(desk, "contract_act", number, "change", **told)
    screened(seeing_all.owner.organisation)
    application = Application.objects.get(contract=seeing_all.contract)
    assert "In force from" in sent(desk, "accept_application", application.number)
    done(desk, "accept_application", application.number)
    facts = queries.told_of(seeing_all.contract).of_kind(FactKind.EXTRA_ACCOUNTS)
    assert [fact.value for fact in facts] == [2]


# Contracts


def test_contracts_are_found_by_number_name_line_and_state(desk: Client, seeing_all: World) -> None:
    first, second = seeing_all.contract.number, seeing_all.other_contract.number
    for words in (first, first.lower(), "青葉", "LINE-1"):
        page = shown(desk, "contracts", q=words)
        assert first in rows_of(page), words
        assert second not in rows_of(page), words
    assert first in rows_of(shown(desk, "contracts", state="serving"))
    assert "No contract found" in shown(desk, "contracts", state="over")
    assert "No contract found" in shown(desk, "contracts", state="preparing")
    actions.cancel(TESTER, contract=seeing_all.contract)
    leaving = rows_of(shown(desk, "contracts", state="leaving"))
    assert first in leaving
    assert second not in leaving


def rows_of(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


def test_an_accepted_contract_is_among_those_being_made_ready(desk: Client, seeing_all: World) -> None:
    contract = actions.accept_application(TESTER, application=ready())
    assert contract.number in rows_of(shown(desk, "contracts", state="preparing"))
    actions.withdraw_contract(TESTER, contract=contract)
    assert contract.number in rows_of(shown(desk, "contracts", state="over"))
    assert "No contract found" in shown(desk, "contracts", state="preparing")


def test_a_long_list_is_read_page_by_page_with_as_many_queries_as_a_short_one(desk: Client, seeing_all: World) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        shown(desk, "contracts")
    for number in range(60):
        actions.add_contract(
            TESTER, contractor=seeing_all.owner.organisation, line=f"L-{number}", plan=Plan.ENTRY,
            functions={SecurityFunction.IDS_IPS}, access_item=AccessItem.BEST_EFFORT_100M, operations=False,
            started_on=dt.date(2026, 4, 1),
        )  # fmt: skip
    with CaptureQueriesContext(connection) as many:
        page = shown(desk, "contracts")
    assert rows_of(page).count("<tr>") == 50
    assert len(many) <= len(few) + 1
    last = rows_of(page).rpartition("/console/contracts/")[2].partition('"')[0]
    assert rows_of(shown(desk, "contracts", before=last)).count("<tr>") == 13


@pytest.mark.parametrize("act", sorted(ACTS))
def test_every_act_has_a_page_that_asks_and_does_nothing_yet(desk: Client, seeing_all: World, act: str) -> None:
    told = len(queries.told_of(seeing_all.contract).told)
    assert "Show what happens" in shown(desk, "contract_act", seeing_all.contract.number, act)
    sent(desk, "contract_act", seeing_all.contract.number, act)
    assert len(queries.told_of(seeing_all.contract).told) == told


def test_the_page_of_a_contract_shows_its_life_money_and_what_can_be_done(desk: Client, seeing_all: World) -> None:
    page = shown(desk, "contract", seeing_all.contract.number)
    for words in (
        "A month costs",
        "Whom we call",
        "Enter a cancellation",
        "Suspend the service",
        "lifeline",
        "Charges",
    ):
        assert words in page, words


def test_the_partner_sees_the_contract_but_no_money_and_no_acts(seeing_all: World) -> None:
    client = client_of(seeing_all.analyst)
    page = shown(client, "contract", seeing_all.contract.number)
    assert "Whom we call" in page
    for words in (
        "A month costs",
        "yen",
        "Enter a cancellation",
        "Invoices",
        "Parties",
        seeing_all.contract.price_list,
    ):
        assert words not in page, words
    for name in ("contract_history", "contract_contacts"):
        assert client.get(reverse(f"console:{name}", args=[seeing_all.contract.number])).status_code == 404


def test_from_acceptance_to_service_by_the_pages(desk: Client, seeing_all: World, hand: StandingClock) -> None:
    contract = actions.accept_application(TESTER, application=ready())
    number = contract.number
    done(desk, "contract_act", number, "begin-provisioning")
    assert "Devices are assigned" in shown(desk, "contract", number)
    refused = sent(desk, "contract_act", number, "start-service", started_on="2026-05-10")
    assert "Fewer devices are assigned" in refused
    done(desk, "contract_act", number, "as-built", devices=1, mismatches=0)
    contact = {"contact-TOTAL_FORMS": 1, "contact-INITIAL_FORMS": 0, "contact-0-position": 1, "contact-0-name": "田中",
               "contact-0-phone": "092-000-0000", "contact-0-mail": "t@example.com", "contact-0-language": "ja",
               "contact-0-time_band": "always"}  # fmt: skip
    assert "The list is saved." in sent(desk, "contract_contacts", number, **contact)
    preview = sent(desk, "contract_act", number, "start-service", started_on="2026-05-10")
    assert "Last day of the minimum term" in preview
    done(desk, "contract_act", number, "start-service", started_on="2026-05-10")
    hand.move_to(dt.datetime(2026, 5, 11, tzinfo=dt.UTC))
    assert queries.contract_at(EVERYTHING, contract, hand.now()).state is ContractState.ACTIVE


def test_the_contacts_are_reached_in_the_order_that_is_typed(desk: Client, seeing_all: World) -> None:
    known = queries.contacts_of(EVERYTHING, seeing_all.contract)
    told: dict[str, object] = {"contact-TOTAL_FORMS": 2, "contact-INITIAL_FORMS": 2}
    for place, one in enumerate(known):
        told |= {f"contact-{place}-position": 2 - place, f"contact-{place}-name": one.name,
                 f"contact-{place}-phone": one.phone, f"contact-{place}-mail": one.mail,
                 f"contact-{place}-language": one.language, f"contact-{place}-time_band": "always"}  # fmt: skip
    sent(desk, "contract_contacts", seeing_all.contract.number, **told)
    assert [one.name for one in queries.contacts_of(EVERYTHING, seeing_all.contract)] == ["Smith", "田中"]
    gone = told | {"contact-0-DELETE": "on", "contact-1-DELETE": "on"}
    assert "Security operations need a first contact" in sent(
        desk, "contract_contacts", seeing_all.contract.number, **gone
    )


@pytest.mark.article("17-2")
def test_a_cancellation_on_paper_shows_its_day_and_charge_and_can_be_taken_back(
    desk: Client, seeing_all: World
) -> None:
    number = seeing_all.contract.number
    page = sent(desk, "contract_act", number, "cancel", arrived_at="2026-05-01T09:00")
    assert "17-2" in page
    assert "Early termination charge" in page
    done(desk, "contract_act", number, "cancel", arrived_at="2026-05-01T09:00")
    assert queries.told_of(seeing_all.contract).of_kind(FactKind.NOTICE)
    assert "Show what happens" in shown(desk, "contract_act", number, "keep")
    done(desk, "contract_act", number, "keep", carrier_consents="on", reason="継続の申出")
    service = queries.told_of(seeing_all.contract).of_kind(FactKind.SERVICE)[-1]
    assert service.until_at is None


@pytest.mark.article("12-5")
def test_options_stop_and_the_line_ends_with_their_charges_shown(desk: Client, seeing_all: World) -> None:
    running = queries.running_on(queries.told_of(seeing_all.contract), dt.date(2026, 5, 4))
    thread = next(one.thread for one in running if one.kind == "operations")
    page = sent(desk, "contract_act", seeing_all.contract.number, "stop-option", threads=[thread])
    assert "Last day" in page
    done(desk, "contract_act", seeing_all.contract.number, "stop-option", threads=[thread])
    number = seeing_all.entry_contract.number
    assert "17-3" in sent(desk, "contract_act", number, "end-with-line", line_ended_on="2026-05-31")
    done(desk, "contract_act", number, "end-with-line", line_ended_on="2026-05-31")
    assert queries.told_of(seeing_all.entry_contract).of_kind(FactKind.SERVICE)[-1].last_on == dt.date(2026, 5, 31)


@pytest.mark.article("21-2")
def test_a_suspension_needs_notice_or_an_urgent_reason_and_is_lifted(desk: Client, seeing_all: World) -> None:
    number = seeing_all.contract.number
    told = {"ground": "21:harm_to_facilities", "fact": "攻撃の踏み台", "reason": "設備の保護"}
    neither = done(desk, "contract_act", number, "suspend", **told)
    assert "notice.missing" in neither
    both = done(desk, "contract_act", number, "suspend", **told, starts_at="2026-06-01T00:00", urgent_reason="急")
    assert "Name either the start that is announced, or why it cannot wait." in both
    urgent = {**told, "urgent_reason": "他の契約者への影響が出ているため"}
    assert "It is taken now, without notice" in sent(desk, "contract_act", number, "suspend", **urgent)
    done(desk, "contract_act", number, "suspend", **urgent)
    measure = Measure.objects.get(contract=seeing_all.contract)
    assert state_of(measure) == "taken"
    assert number in rows_of(shown(desk, "contracts", state="hindered"))
    assert "The service is as it was before" in sent(desk, "measure_step", measure.number, "lift", reason="解消")
    assert state_of(Measure.objects.get(pk=measure.pk)) == "taken", "it was only looked at"
    done(desk, "measure_step", measure.number, "lift", reason="解消")
    assert state_of(Measure.objects.get(pk=measure.pk)) == "ended"


@pytest.mark.article("18-1")
def test_a_termination_takes_two_people(desk: Client, seeing_all: World) -> None:
    number = seeing_all.contract.number
    told = {"ground": "insolvency", "fact": "破産手続開始", "evidence": "官報"}
    assert "until another person approves" in sent(desk, "contract_act", number, "terminate", **told)
    done(desk, "contract_act", number, "terminate", **told)
    measure = Measure.objects.get(contract=seeing_all.contract)
    assert 'role="alert"' in done(desk, "measure_step", measure.number, "approve")
    assert state_of(Measure.objects.get(pk=measure.pk)) == "announced"
    second = client_of(colleague(seeing_all))
    page = sent(second, "measure_step", measure.number, "approve")
    assert "Early termination charge" in page, "whoever approves sees what it costs"
    assert "The contract ends" in page
    done(second, "measure_step", measure.number, "approve")
    assert state_of(Measure.objects.get(pk=measure.pk)) == "taken"


@pytest.mark.article("9-1")
def test_a_joint_contractor_enters_and_a_changed_name_needs_its_proof(desk: Client, seeing_all: World) -> None:
    number = seeing_all.contract.number
    done(desk, "contract_act", number, "enter-party", name=seeing_all.owner.organisation.name, since_on="2026-04-01")
    done(desk, "contract_act", number, "enter-party", name="株式会社連帯", since_on="2026-05-01")
    page = shown(desk, "contract", number)
    assert "株式会社連帯" in page
    assert "Represents" in page


def test_the_history_answers_for_any_day_as_known_on_any_day(
    desk: Client, seeing_all: World, hand: StandingClock
) -> None:
    hand.move_to(dt.datetime(2026, 5, 20, tzinfo=dt.UTC))
    actions.cancel(TESTER, contract=seeing_all.contract)
    number = seeing_all.contract.number
    assert "Ended" in shown(desk, "contract_history", number, on="2026-12-01")
    before = shown(desk, "contract_history", number, on="2026-12-01", known="2026-05-10")
    assert "as known on" in before
    assert "Ended" not in before
    assert "notice" not in rows_of(before)


# Registers


def test_a_case_is_opened_noted_and_closed(desk: Client, seeing_all: World) -> None:
    number = seeing_all.contract.number
    told = {"ground": "malware", "facts": HOSTILE, "occurred_at": "2026-05-03T10:00"}
    assert "19-1(8)" in sent(desk, "contract_act", number, "open-case", **told)
    done(desk, "contract_act", number, "open-case", **told)
    case = EnforcementCase.objects.get(contract=seeing_all.contract)
    page = sent(desk, "case", case.number, kind="damage_to_carrier", text="調査費", yen=30_000)
    assert "30,000 yen" in page
    assert "<script>alert" not in page
    assert case.number in shown(desk, "registers")
    sent(desk, "case", case.number, kind="closed", text="解決")
    assert is_closed(EnforcementCase.objects.get(pk=case.pk))


def test_a_dispute_is_talked_about_before_it_goes_to_court(desk: Client, seeing_all: World) -> None:
    done(desk, "contract_act", seeing_all.contract.number, "open-dispute", matter="請求額")
    dispute = Dispute.objects.get(contract=seeing_all.contract)
    assert "talk in good faith first" in sent(
        desk, "dispute", dispute.number, step="court", channel="mail", text="提訴"
    )
    sent(desk, "dispute", dispute.number, step="talk", channel="meeting", text="協議", present="田中")
    sent(desk, "dispute", dispute.number, step="settle", channel="mail", text="合意")
    assert is_over(Dispute.objects.get(pk=dispute.pk))


@pytest.mark.article("37-1")
def test_what_was_said_is_confirmed_in_writing(desk: Client, seeing_all: World) -> None:
    told = {"title": "新製品の計画", "told_by": "contractor", "disclosed_by": "word_of_mouth",
            "disclosed_on": "2026-05-01"}  # fmt: skip
    assert "To be confirmed in writing by" in sent(
        desk, "contract_act", seeing_all.contract.number, "record-secret", **told
    )
    done(desk, "contract_act", seeing_all.contract.number, "record-secret", **told)
    secret = Secret.objects.get(contract=seeing_all.contract)
    assert secret.title in shown(desk, "registers")
    page = sent(desk, "secret", secret.number, confirmed_on="2026-05-04")
    assert "Confidential" in page
    assert Secret.objects.get(pk=secret.pk).confirmed_on == dt.date(2026, 5, 4)
