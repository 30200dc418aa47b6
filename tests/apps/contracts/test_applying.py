"""Applying: what a form must state, what keeps it a draft, and what stays as it came."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.audit.queries import acts_on
from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.models import Application, ApplicationAct
from sekisho.apps.scope import entered
from sekisho.terms.applications import FormPart, LineKind
from sekisho.terms.consents import CONSENT_TEXTS

from ..world import EVERYTHING, NOW, TESTER, World
from .forms_of_tests import CONSENTS, OFFICE, draft, form, refusal, submitted

HOUR = dt.timedelta(hours=1)


@pytest.mark.article("10-1(2)")
@pytest.mark.parametrize(
    ("changes", "article"),
    [
        ({"service": ""}, "10-1(1)"),
        ({"plan": None}, "10-1(1)"),
        ({"access_item": None}, "10-1(1)"),
        ({"devices": []}, "10-1(2)"),
        ({"devices": [{"label": "本社"}]}, "10-1(2)"),
        ({"consents": CONSENTS[1:]}, "24-3"),
        ({"consents": CONSENTS[:1]}, "25-2"),
    ],
)
def test_an_incomplete_form_stays_a_draft_and_does_not_queue(seeing_all: World, changes: dict, article: str) -> None:
    application = draft(seeing_all.owner.organisation, **changes)
    assert refusal(actions.submit_application, TESTER, application=application) == ("application.incomplete", article)
    assert queries.waiting_applications(EVERYTHING) == []
    assert [row.number for row in queries.draft_applications(EVERYTHING)] == [application.number]


@pytest.mark.article("10-1")
def test_a_draft_is_completed_received_and_then_kept_as_it_came(seeing_all: World) -> None:
    application = draft(seeing_all.owner.organisation, devices=[])
    actions.edit_application(TESTER, application=application, form=form())
    row = actions.submit_application(TESTER, application=application, received_at=NOW - HOUR)

    assert queries.waiting_applications(EVERYTHING, OFFICE) == [row]
    assert queries.waiting_applications(EVERYTHING, "別の取扱所") == []
    assert (row.received_at, queries.act_of(row)) == (NOW - HOUR, ApplicationAct.RECEIVED)
    again = refusal(actions.edit_application, TESTER, application=application, form=form())
    assert again == ("application.received", "10-1")
    for statement in (
        "UPDATE contracts_application SET form = '{}'",
        "DELETE FROM contracts_application",
        "UPDATE contracts_applicationstep SET at = now()",
        "DELETE FROM contracts_applicationstep",
    ):
        with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)


def test_every_act_on_an_application_is_written_down_with_its_news(seeing_all: World) -> None:
    application = submitted(seeing_all.owner.organisation)
    actions.withdraw_application(TESTER, application=application, reason="都合")
    acts = [row.act for row in acts_on(f"application:{application.number}")]
    assert acts == [
        "contracts.draft_application",
        "contracts.consent",
        "contracts.consent",
        "contracts.submit_application",
        "contracts.withdraw_application",
    ]
    assert queries.waiting_applications(EVERYTHING) == []
    again = refusal(actions.withdraw_application, TESTER, application=application)
    assert again == ("application.decided", "11-1")


def test_a_paper_form_cannot_have_arrived_in_the_future(seeing_all: World) -> None:
    application = draft(seeing_all.owner.organisation)
    late = refusal(actions.submit_application, TESTER, application=application, received_at=NOW + HOUR)
    assert late == ("application.not_yet", "10-1")


@pytest.mark.article("24-3")
@pytest.mark.article("25-2")
def test_a_consent_keeps_the_version_of_its_text(seeing_all: World) -> None:
    application = draft(seeing_all.owner.organisation)
    assert queries.consented_parts(application) == {"disclaimers_accepted": 1, "monitoring_consent": 1}
    assert {text.part for text in CONSENT_TEXTS} == {FormPart.DISCLAIMERS_ACCEPTED, FormPart.MONITORING_CONSENT}
    with pytest.raises(ValueError, match="no version"):
        actions.consent(TESTER, application=application, part=FormPart.MONITORING_CONSENT, version=99)


@pytest.mark.article("5-1")
@pytest.mark.parametrize(
    ("changes", "code", "article"),
    [
        ({"plan": "entry", "access_item": "best_effort_100m", "operations": False, "functions": ["sandbox"]},
         "plan.function_not_offered", "5-1"),
        ({"options": {"report_meeting": True}}, "option.meeting_needs_report", "6-1(2)"),
        ({"options": {"retention_years": 6}}, "option.retention_too_long", "6-1(2)"),
        ({"operations": False, "options": {"extra_accounts": 1}}, "option.needs_operations", "6-1(2)"),
        ({"plan": "premium"}, "application.no_quote", "5-1"),
        ({"ancillary": ["ip_address"], "ip_version": 6}, "ancillary.ipv4_only", "5-1"),
        ({"overrides": [{"parameter": "late_interest_percent", "setting": 1}]}, "override.not_a_parameter", "1-2"),
    ],
)  # fmt: skip
def test_what_the_terms_do_not_offer_is_refused_with_code_and_article(
    seeing_all: World, changes: dict, code: str, article: str
) -> None:
    application = draft(seeing_all.owner.organisation, **changes)
    assert refusal(actions.submit_application, TESTER, application=application) == (code, article)
    assert code in {found.code for found in queries.application_refusals_of(application, NOW)}


@pytest.mark.article("10-1(2)")
def test_a_policy_sheet_that_cannot_be_enforced_is_refused_with_its_place(seeing_all: World) -> None:
    zone = {"name": "lan", "interface": "lan0", "networks": ["fd00::/64"]}
    sheets = [{"label": "支店", "policy": {"schema": 1, "revision": 1, "zones": [zone]}}]
    application = draft(seeing_all.owner.organisation, devices=sheets)
    found = queries.application_refusals_of(application, NOW)
    assert {(each.code, each.article) for each in found} == {("application.sheet", "10-1(2)")}
    assert "支店" in found[0].words.ja and "/zones/0" in found[0].words.en


def test_a_form_of_another_shape_is_refused_whole(seeing_all: World) -> None:
    code = refusal(draft, seeing_all.owner.organisation, plan="gold")
    assert code == ("application.unreadable", "10-1")


@pytest.mark.article("7-1")
@pytest.mark.article("8-1")
def test_a_line_must_be_the_applicants_own_alive_of_a_kind_that_counts_and_free(seeing_all: World) -> None:
    mine, theirs = seeing_all.owner.organisation, seeing_all.stranger.organisation

    def submit_on(identifier: str, holder, **line: object) -> tuple[str, str]:
        fields = {"kind": LineKind.LAN_NETWORK, **line}
        under = actions.register_line(TESTER, identifier=identifier, holder=holder, **fields)
        application = draft(mine, "LINE-8")
        actions.edit_application(TESTER, application=application, form=form(), line=under)
        return refusal(actions.submit_application, TESTER, application=application)

    assert submit_on("L-A", theirs) == ("line.not_holder", "7-1")
    assert submit_on("L-B", mine, kind=LineKind.OTHER) == ("line.not_eligible", "7-1")
    assert submit_on("L-C", mine, active=False) == ("line.not_active", "7-1(1)")
    assert submit_on("LINE-1", mine) == ("line.has_contract", "8-1")


def test_applications_are_seen_by_their_applicant_and_by_who_sees_all(seeing_all: World) -> None:
    application = submitted(seeing_all.owner.organisation)
    assert queries.application_by_number(EVERYTHING, application.number) == application
    with entered(queries.scope_of(seeing_all.stranger)) as scope:
        assert queries.application_by_number(scope, application.number) is None
        assert queries.waiting_applications(scope) == queries.draft_applications(scope) == []
        assert not Application.objects.filter(pk=application.pk).exists()
        assert next(row.pk for row in queries.applications_of(seeing_all.owner)) == application.pk
        assert application.pk not in {row.pk for row in queries.applications_of(seeing_all.stranger)}
