"""The demonstration's seed: whole, once, and only into an empty database."""

from __future__ import annotations

import time

from django.db.models import Sum

from sekisho.apps.accounts.queries import person_by_email
from sekisho.apps.billing import jobs as billing_jobs
from sekisho.apps.billing.models import BillingRun, Credit, Invoice, InvoiceLine, Posting
from sekisho.apps.billing.queries.receivables import open_debts
from sekisho.apps.contracts import jobs as contract_jobs
from sekisho.apps.contracts.queries import contracts_of, scope_of
from sekisho.apps.demonstration import seed_demo
from sekisho.apps.documents.models import Document
from sekisho.apps.fleet import queries as fleet
from sekisho.apps.scope import entered, system_scope
from sekisho_edge.lab.policy import lab_policy
from sekisho_wire.policy.canonical import content_hash

SEED_SECONDS_MAX = 30
"""A machine that does much else besides; alone it takes about two."""


def test_the_seed_moves_everybody_in_once(db: None) -> None:
    seeded = seed_demo()

    assert [d["device"] for d in seeded["devices"]] == ["UTM100001", "UTM100002", "UTM100003"]
    assert {p["part"] for p in seeded["people"]} >= {"desk", "analyst", "story_contractor"}
    assert seed_demo() is None


def test_the_box_of_the_seed_has_the_policy_of_the_lab_from_the_first_day(db: None) -> None:
    device_id = seed_demo()["devices"][0]["device"]
    scope = system_scope("tests")
    with entered(scope):
        device = fleet.device_by_id(scope, device_id)
        revision = fleet.revision_by_number(scope, device, 1)
        # What the lab's agent starts with: the first delivery changes nothing on the line.
        assert revision.content == content_hash(lab_policy())
        assert [view.layer.kind for view in fleet.layers_of(scope, device)] == ["template", "line"]


def test_every_seeded_person_has_a_second_factor_where_it_is_due_and_sees_what_is_theirs(db: None) -> None:
    seen = {}
    for row in seed_demo()["people"]:
        person = person_by_email(row["email"])
        assert person.check_password(row["password"])
        assert bool(row["totp_secret"]) == (row["role"].split("_")[0] != "contractor")
        with entered(scope_of(person)) as scope:
            seen[row["part"]] = [contract.number for contract in contracts_of(scope)]
    assert seen["desk"] == ["SK100001", "SK100002", "SK100003"]
    assert seen["analyst"] == ["SK100001", "SK100002"]
    assert seen["entry_contractor"] == ["SK100003"]


def test_the_seed_brings_months_of_invoices_paid_and_open_and_a_reduction(db: None) -> None:
    began = time.monotonic()
    seed_demo()
    assert time.monotonic() - began < SEED_SECONDS_MAX
    with entered(system_scope("tests")) as scope:
        runs = BillingRun.objects.order_by("month")
        assert 6 <= runs.count() <= 8 and not any(run.problems for run in runs)
        for contract in contracts_of(scope):
            invoices = list(Invoice.objects.filter(contract=contract).order_by("serial"))
            debts = open_debts(scope, [contract.pk])
            assert len(invoices) == runs.count()
            assert invoices[-1].number in {debt.number for debt in debts} and len(debts) <= 2
            assert all(invoice.invoiced_on.day == 1 for invoice in invoices)
        assert [credit.yen for credit in Credit.objects.all()] == [5_000]
        assert InvoiceLine.objects.filter(yen=-5_000).count() == 1
        assert not any(Posting.objects.values("entry").annotate(sum=Sum("yen")).exclude(sum=0))


def test_the_papers_of_the_seed_are_made_like_any_others(db: None) -> None:
    seed_demo()
    assert contract_jobs.make_papers().failed == 0
    assert billing_jobs.make_papers().failed == 0
    billing_jobs.keep_papers()
    with entered(system_scope("tests")):
        kinds = set(Document.objects.values_list("kind", flat=True))
    assert kinds == {"contract_application", "acceptance_notice", "invoice", "quotation"}
