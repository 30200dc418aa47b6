"""Applications for new contracts: sent whole, with their consents, and followed until they are decided."""

from __future__ import annotations

from django.db.models import QuerySet

from sekisho.apps.accounts.models import OrganisationKind, TokenScope
from sekisho.apps.billing.queries.applicants import warnings_for
from sekisho.apps.contracts.actions import applying
from sekisho.apps.contracts.models import Application
from sekisho.apps.contracts.queries import lists
from sekisho.apps.scope import entered

from .act_shapes import (
    OFFICE,
    ApplicationGiven,
    ApplicationShape,
    WarningListShape,
    WithdrawalGiven,
    application_shape,
    warning_shape,
)
from .acts import ACTS
from .answers import Made
from .operation import Call, operation
from .paging import Page, PageQuery, page
from .problems import Problem


class ApplicationsQuery(PageQuery):
    """Applications, the newest first."""


@operation(
    "GET",
    "/applications",
    ja="申込の一覧",
    en="Applications",
    scope=TokenScope.APPLICATIONS_READ,
    permission="applications.submit",
    query=ApplicationsQuery,
    answers=Page[ApplicationShape],
)
def list_applications(call: Call) -> Page[ApplicationShape]:
    """The applications of the token's organisation; the carrier sees everybody's."""
    with entered(ACTS):
        rows = _visible(call)
        return page(
            call,
            lambda key, limit: list((rows if key is None else rows.filter(pk__lt=key)).order_by("-pk")[:limit]),
            key=lambda application: application.pk,
            shape=application_shape,
        )


@operation(
    "GET",
    "/applications/{application_number}",
    ja="申込",
    en="One application",
    scope=TokenScope.APPLICATIONS_READ,
    permission="applications.submit",
    answers=ApplicationShape,
)
def read_application(call: Call) -> ApplicationShape:
    """One application and what has happened to it so far."""
    with entered(ACTS):
        return application_shape(_found(call))


@operation(
    "GET",
    "/applications/{application_number}/warnings",
    ja="申込者に関する注意",
    en="What the desk is warned of",
    scope=TokenScope.APPLICATIONS_READ,
    permission="contracts.manage",
    answers=WarningListShape,
)
def list_warnings(call: Call) -> WarningListShape:
    """Arrears of the applicant, suspensions and terminations of its contracts and of those whom it succeeded. A
    person weighs them; none of them refuses anything."""
    with entered(ACTS):
        found = _found(call)
        warned = warnings_for(call.scope, found)
    return WarningListShape(found.number, [warning_shape(one, call.language) for one in warned])


@operation(
    "POST",
    "/applications/{application_number}/withdrawal",
    ja="申込の取下げ",
    en="Withdraw an application",
    scope=TokenScope.APPLICATIONS_WRITE,
    permission="applications.submit",
    body=WithdrawalGiven,
    answers=ApplicationShape,
    status=201,
)
def withdraw_application(call: Call) -> Made:
    """The application is taken back before it was decided and leaves the queue."""
    with entered(ACTS):
        withdrawn = applying.withdraw_application(call.actor, application=_found(call), reason=call.body.reason)
        shown = _visible(call).get(pk=withdrawn.pk)
        return Made(f"/api/v1/applications/{shown.number}", application_shape(shown))


@operation(
    "POST",
    "/applications",
    ja="申込",
    en="Apply for a contract",
    scope=TokenScope.APPLICATIONS_WRITE,
    permission="applications.submit",
    body=ApplicationGiven,
    answers=ApplicationShape,
    status=201,
)
def submit_application(call: Call) -> Made:
    """A complete form with its consents is received now and takes its place in the queue. The applicant is the
    token's own organisation; an incomplete form is refused and leaves nothing behind."""
    applicant, given = call.actor.organisation, call.body
    if applicant.kind != OrganisationKind.CONTRACTOR:
        raise Problem("not_permitted")
    with entered(ACTS):
        line = lists.line_named(given.line)
        draft = applying.draft_application(call.actor, applicant=applicant, line=line, form=given.form, office=OFFICE)
        for consent in given.consents:
            applying.consent(call.actor, application=draft, part=consent.part, version=consent.version)
        received = applying.submit_application(call.actor, application=draft)
        return Made(f"/api/v1/applications/{received.number}", application_shape(received))


def _found(call: Call) -> Application:
    found = _visible(call).filter(number=call.path["application_number"]).first()
    if found is None:
        raise Problem("not_found")
    return found


def _visible(call: Call) -> QuerySet[Application]:
    rows = lists.whole_applications()
    return rows if call.scope.sees_all else rows.filter(applicant_id=call.actor.organisation_id)
