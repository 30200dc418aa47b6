"""Applications for new contracts: sent whole, with their consents, and followed until they are decided."""

from __future__ import annotations

from django.db.models import QuerySet

from sekisho.apps.accounts.models import OrganisationKind, TokenScope
from sekisho.apps.contracts.actions import applying
from sekisho.apps.contracts.models import Application
from sekisho.apps.contracts.queries import lists
from sekisho.apps.scope import entered

from .act_shapes import OFFICE, ApplicationGiven, ApplicationShape, application_shape
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
        found = _visible(call).filter(number=call.path["application_number"]).first()
        if found is None:
            raise Problem("not_found")
        return application_shape(found)


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


def _visible(call: Call) -> QuerySet[Application]:
    rows = lists.whole_applications()
    return rows if call.scope.sees_all else rows.filter(applicant_id=call.actor.organisation_id)
