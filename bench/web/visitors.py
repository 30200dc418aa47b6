"""Who looks at what: everybody with a session that is open already, and the pages that somebody in that role looks at.

150 administrators of contractors, each at their own contracts, invoices and incidents; 25 analysts of the partner, at
the queue and what they need beside it; 25 people of the carrier's desk, at contracts, applications and money. A page
that is named twice is looked at twice as often.
"""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from tests.apps.billing.contracts import LIST
from tests.apps.world import EVERYTHING

from sekisho.apps.accounts.models import Person, Role
from sekisho.apps.billing.models import BillingRun, Invoice, Receipt
from sekisho.apps.contracts.models import Application, Contract
from sekisho.apps.incidents.models import EventGroup, SecurityIncident
from sekisho.apps.scope import entered

Page = tuple[str, str]
SHOWN = 50
"""So many different things of a kind are looked at."""


def visitors() -> list[dict]:
    with entered(EVERYTHING):
        return [*_at_the_portal(), *_partners(), *_desk()]


def _at_the_portal() -> list[dict]:
    people = Person.objects.filter(role=Role.CONTRACTOR_ADMIN).select_related("organisation").order_by("pk")
    return [{"door": "portal", "session": _session(one), "pages": _portal_pages(one)} for one in people]


def _portal_pages(person: Person) -> list[Page]:
    own = Contract.objects.filter(contractor=person.organisation)
    number = own.order_by("pk").values_list("number", flat=True)[0]
    invoice = Invoice.objects.filter(contract__in=own).order_by("-pk").values_list("number", flat=True).first()
    incident = SecurityIncident.objects.filter(contract__in=own).values_list("number", flat=True).first()
    pages = [
        ("portal incidents", "/"),
        ("portal incidents", "/"),
        ("portal contracts", "/contracts"),
        ("portal contract", f"/contracts/{number}"),
        ("portal contract", f"/contracts/{number}"),
        ("portal contacts", f"/contracts/{number}/contacts"),
        ("portal change form", f"/contracts/{number}/change"),
        ("portal option stop", f"/contracts/{number}/stop-option"),
        ("portal cancellation", f"/contracts/{number}/cancel"),
        ("portal invoices", "/invoices"),
        ("portal invoices", "/invoices"),
        ("portal papers", "/papers"),
        ("portal applications", "/applications"),
        ("portal new application", "/applications/new"),
        ("portal breaches", "/breaches"),
        ("portal people", "/people"),
    ]
    pages += [("portal invoice", f"/invoices/{invoice}")] if invoice else []
    return pages + ([("portal incident", f"/incidents/{incident}")] if incident else [])


def _partners() -> list[dict]:
    people = Person.objects.filter(role=Role.PARTNER_ANALYST).order_by("pk")
    incidents = _some(SecurityIncident.objects.order_by("-pk").values_list("number", flat=True))
    groups = _some(EventGroup.objects.order_by("-score").values_list("pk", flat=True))
    operated = Contract.objects.filter(told__kind="operations").distinct().order_by("-pk")
    contracts = _some(operated.values_list("number", flat=True))
    return [
        {
            "door": "partner",
            "session": _session(one),
            "pages": [
                ("partner overview", "/console/"),
                ("partner queue", "/console/triage"),
                ("partner queue", "/console/triage"),
                ("partner group", f"/console/groups/{groups[place % len(groups)]}"),
                ("partner group", f"/console/groups/{groups[-place % len(groups)]}"),
                ("partner look", f"/console/groups/{groups[place % len(groups)]}/peek"),
                ("partner incidents", "/console/incidents"),
                ("partner incident", f"/console/incidents/{incidents[place % len(incidents)]}"),
                ("partner clocks", "/console/clocks"),
                ("partner fleet", "/console/fleet"),
                ("partner contracts", "/console/contracts"),
                ("partner contract", f"/console/contracts/{contracts[place % len(contracts)]}"),
                ("partner rules of the terms", "/console/terms/rules"),
            ],
        }
        for place, one in enumerate(people)
    ]


def _desk() -> list[dict]:
    people = Person.objects.filter(role=Role.CARRIER_DESK).order_by("pk")
    contracts = _some(Contract.objects.order_by("-pk").values_list("number", flat=True))
    invoices = _some(Invoice.objects.order_by("-pk").values_list("number", flat=True))
    applications = _some(Application.objects.order_by("pk").values_list("number", flat=True))
    receipts = _some(Receipt.objects.order_by("pk").values_list("number", flat=True))
    incidents = _some(SecurityIncident.objects.order_by("-pk").values_list("number", flat=True))
    month = BillingRun.objects.order_by("-month").values_list("month", flat=True)[0]
    return [
        {
            "door": "desk",
            "session": _session(one),
            "pages": [
                ("desk overview", "/console/"),
                ("desk contracts", "/console/contracts"),
                ("desk contracts by name", "/console/contracts?q=8"),
                ("desk contracts in service", "/console/contracts?state=serving"),
                ("desk contract", f"/console/contracts/{contracts[place % len(contracts)]}"),
                ("desk contract", f"/console/contracts/{contracts[-place % len(contracts)]}"),
                ("desk contract's history", f"/console/contracts/{contracts[place % len(contracts)]}/history"),
                ("desk act", f"/console/contracts/{contracts[place % len(contracts)]}/acts/cancel"),
                ("desk applications", "/console/applications"),
                ("desk application", f"/console/applications/{applications[place % len(applications)]}"),
                ("desk registers", "/console/registers"),
                ("desk breaches", "/console/breaches"),
                ("desk incidents", "/console/incidents"),
                ("desk incident", f"/console/incidents/{incidents[place % len(incidents)]}"),
                ("desk clocks", "/console/clocks"),
                ("desk fleet", "/console/fleet"),
                ("desk rollouts", "/console/fleet/rollouts"),
                ("desk money", "/console/money"),
                ("desk run", f"/console/money/runs/{month:%Y-%m}"),
                ("desk invoice", f"/console/money/invoices/{invoices[place % len(invoices)]}"),
                ("desk papers", "/console/money/papers"),
                ("desk receipts", "/console/money/receipts"),
                ("desk receipt", f"/console/money/receipts/{receipts[place % len(receipts)]}"),
                ("desk arrears", "/console/money/arrears"),
                ("desk price list", f"/console/money/prices/{LIST}"),
            ],
        }
        for place, one in enumerate(people)
    ]


def _some(rows: object) -> list:
    return list(rows[:SHOWN])


def _session(person: Person) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return session.session_key
