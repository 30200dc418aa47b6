"""Forms as applicants fill them in, and the way to a contract step by step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import pytest

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.contracts import actions
from sekisho.apps.contracts.actions.taking_on import starting_sheet
from sekisho.apps.contracts.models import Application, Contact, Contract
from sekisho.apps.refusals import Refused
from sekisho.terms.applications import FormPart, LineKind
from sekisho.terms.screening import ScreeningResult

from ..world import TESTER

OFFICE = "福岡"
CONSENTS = (FormPart.DISCLAIMERS_ACCEPTED, FormPart.MONITORING_CONSENT)


def form(**changes: object) -> dict:
    """A complete form for a basic plan with operations."""
    return {
        "service": "UTM",
        "plan": "basic",
        "functions": ["firewall", "ids_ips"],
        "access_item": "best_effort_1g",
        "operations": True,
        "devices": [{"label": "本社", "policy": starting_sheet({"ids_ips"})}],
        **changes,
    }


def draft(
    applicant: Organisation, line: str = "LINE-9", *, consents: Collection[FormPart] = CONSENTS, **changes: object
) -> Application:
    """A draft on a line of the applicant's own."""
    under = actions.register_line(TESTER, identifier=line, kind=LineKind.IP_NETWORK, holder=applicant)
    application = actions.draft_application(
        TESTER, applicant=applicant, line=under, form=form(**changes), office=OFFICE
    )
    for part in consents:
        actions.consent(TESTER, application=application, part=part)
    return application


def submitted(
    applicant: Organisation, line: str = "LINE-9", received_at: dt.datetime | None = None, **changes: object
) -> Application:
    return actions.submit_application(TESTER, application=draft(applicant, line, **changes), received_at=received_at)


def screened(applicant: Organisation, result: ScreeningResult = ScreeningResult.CLEAR, **changes: object):
    fields = {"subjects": [applicant.name, "代表取締役"], "source": "記事検索", "evidence": "記事1", **changes}
    return actions.record_screening(TESTER, applicant=applicant, result=result, **fields)


def accepted(applicant: Organisation, line: str = "LINE-9", **changes: object) -> Contract:
    screened(applicant)
    return actions.accept_application(TESTER, application=submitted(applicant, line, **changes))


def contacts() -> list[Contact]:
    return [Contact(name="田中", phone="+81-92-000-0001", mail="a@b.example", confirmed_on=dt.date(2026, 5, 1))]


def started(applicant: Organisation, started_on: dt.date, line: str = "LINE-9", **changes: object) -> Contract:
    """Applied for, accepted and started, with a first contact."""
    contract = accepted(applicant, line, **changes)
    actions.set_contacts(TESTER, contract=contract, contacts=contacts())
    actions.begin_provisioning(TESTER, contract=contract)
    actions.confirm_as_built(TESTER, contract=contract, devices=1, mismatches=0)
    actions.start_service(TESTER, contract=contract, started_on=started_on)
    return contract


def refusal(act, *arguments: object, **more: object) -> tuple[str, str]:
    """Code and article with which the act is refused."""
    with pytest.raises(Refused) as refused:
        act(*arguments, **more)
    assert refused.value.words.ja and refused.value.words.en
    return refused.value.code, refused.value.article
