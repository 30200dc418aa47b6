"""One truth for what the carrier settled of the terms: what is shown before an act is what the run bills after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, connection, transaction

from sekisho.apps.billing.models import Charge, Invoice
from sekisho.apps.contracts import actions as contracts
from sekisho.apps.contracts import queries
from sekisho.apps.contracts.models import Contract
from sekisho.apps.incidents.crediting import fee_of_month
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered
from sekisho.apps.tariff.actions import settle_switches
from sekisho.gateways.clock import StandingClock
from tests.apps.world import EVERYTHING, TESTER, World, build_world

from . import contracts as life
from .test_runs import at, bill, last_invoice

pytestmark = pytest.mark.django_db
D = dt.date


@pytest.fixture
def small_world(hand: StandingClock) -> World:
    return build_world()


@pytest.fixture
def contract(small_world: World, hand: StandingClock) -> Iterator[Contract]:
    """Of the world's owner, in service from the middle of April 2025; its basic plan is 40,000 yen a month."""
    with entered(EVERYTHING):
        at(hand, D(2025, 1, 1))
        life.publish()
        life.issuer(proration="daily", early_charge_tax="taxable")
        made = life.contract(small_world.owner.organisation, D(2025, 4, 1), D(2025, 4, 15), operations=False)
        at(hand, D(2025, 7, 10))
        yield made


@pytest.mark.article("13-1", "27-1")
def test_the_charge_that_was_shown_before_a_cancellation_is_the_one_that_is_billed_to_the_yen(
    contract: Contract, hand: StandingClock
) -> None:
    shown = queries.preview_cancellation(contract, D(2025, 7, 10))
    contracts.cancel(TESTER, contract=contract)
    for month in (7, 8, 9):
        bill(hand, 2025, month)
    charge = Charge.objects.get(kind="early_charge")
    assert (shown.total_yen, charge.tax) == (charge.yen, "taxable")
    invoice = last_invoice(contract)
    fees = invoice.net_yen - charge.yen
    assert shown.effective_on.value == D(2025, 9, 10)
    assert fees + shown.total_yen == invoice.net_yen
    assert (fees + shown.total_yen) // 10 == invoice.tax_yen, "one truncation for the whole invoice"
    assert shown.tax.value == charge.yen // 10


@pytest.mark.article("13-1", "27-1")
def test_with_daily_fees_the_rest_of_the_last_month_is_shown_as_part_of_the_charge(contract: Contract) -> None:
    (service,) = queries.preview_cancellation(contract, D(2025, 7, 10)).items
    whole_months, rest = 6 * 40_000, 40_000 - 40_000 * 10 // 30
    assert service.charge.value == whole_months + rest


@pytest.mark.article("35-1")
def test_a_credit_is_reckoned_on_the_fee_that_was_billed_for_the_month(contract: Contract, hand: StandingClock) -> None:
    bill(hand, 2025, 4)
    billed = Charge.objects.filter(kind="monthly_fee", supplied_from__month=4)
    assert fee_of_month(contract, D(2025, 4, 1)) == sum(charge.yen for charge in billed) < 40_000


@pytest.mark.article("27-1")
def test_what_is_settled_later_leaves_the_days_before_as_they_were(contract: Contract, hand: StandingClock) -> None:
    settle_switches(TESTER, valid_from=D(2025, 8, 1), switches={"interest_grace_days": "3"})
    july, august = (queries.binding_terms_of(contract, day) for day in (D(2025, 7, 31), D(2025, 8, 1)))
    assert (july.switches.proration, august.switches.proration) == ("daily", "none")
    assert (july.switches.interest_grace_days, august.switches.interest_grace_days) == (0, 3)
    bill(hand, 2025, 8)
    assert not Charge.objects.filter(kind="adjustment").exists()
    assert Invoice.objects.filter(contract=contract).count() == 1, "one invoice of all months up to August"


def test_a_setting_that_the_terms_do_not_know_is_refused() -> None:
    with pytest.raises(Refused, match=r"tariff\.switch"):
        settle_switches(TESTER, valid_from=D(2025, 8, 1), switches={"proration": "by the hour"})


def test_what_was_settled_cannot_be_changed_even_by_the_database(contract: Contract) -> None:
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE tariff_carriersettings SET switches = '{}'")


def test_the_portal_shows_the_tax_that_a_taxable_charge_bears(contract: Contract, small_world: World, client) -> None:
    preview = queries.preview_cancellation(contract, D(2025, 7, 10))
    client.force_login(small_world.owner)
    page = client.post(f"/contracts/{contract.number}/cancel", {"requested_on": ""})
    assert page.status_code == 200, page.headers
    words = page.content.decode()
    assert f"{preview.total_yen:,}" in words
    assert f"{preview.tax.value:,}" in words
