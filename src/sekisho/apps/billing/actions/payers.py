"""How a payer is recognised: virtual accounts that stand for one contract, and names in kana."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import transaction

from sekisho.apps.accounts.models import Organisation, Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries.parties import parties_on
from sekisho.apps.contracts.queries.provisioning import accepted_form
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho.terms.moments import tokyo_date

from ..models import PayerName, VirtualAccount
from ..payer_names import normalised

NAME_CHARACTERS_MAX = 200
_BRANCH_AND_NUMBER_DIGITS = 10


@transaction.atomic
def assign_virtual_account(actor: Person, *, contract: Contract, bank_code: str, account: str) -> VirtualAccount:
    """An account number of the bank that stands for this contract from now on; branch and number as ten digits."""
    require(actor, "receipts.match")
    if not (account.isascii() and account.isdecimal() and len(account) == _BRANCH_AND_NUMBER_DIGITS):
        raise Refused(
            "virtual_account.digits",
            "支店3桁と口座番号7桁で入力してください。",
            "Give branch and number as ten digits.",
        )
    take_turn("billing.virtual_account")
    if VirtualAccount.objects.filter(bank_code=bank_code, account=account, released_at=None).exists():
        raise Refused("virtual_account.taken", "この口座は割当済みです。", "This account is assigned already.")
    row = VirtualAccount.objects.create(
        contract=contract, bank_code=bank_code, account=account, assigned_at=clock.now()
    )
    _record_account(actor, "assign", row)
    return row


@transaction.atomic
def release_virtual_account(actor: Person, *, virtual_account: VirtualAccount) -> VirtualAccount:
    """The account number stands for the contract no longer."""
    require(actor, "receipts.match")
    row = VirtualAccount.objects.select_for_update().get(pk=virtual_account.pk)
    if row.released_at is None:
        row.released_at = clock.now()
        row.save(update_fields=("released_at",))
        _record_account(actor, "release", row)
    return row


@transaction.atomic
def register_payer_name(actor: Person, *, organisation: Organisation, name: str) -> PayerName:
    """A contractor's name in kana as its transfers carry it."""
    require(actor, "receipts.match")
    form = normalised(name[:NAME_CHARACTERS_MAX])
    if not form:
        raise Refused("payer_name.empty", "名義を入力してください。", "Enter a name.")
    _register(actor, organisation, name)
    return PayerName.objects.get(organisation=organisation, name=form)


@transaction.atomic
def register_stated_names(actor: Actor, contracts: Iterable[Contract]) -> int:
    """The names in kana that accepted application forms state, as names of payers; how many were new."""
    stated = [pair for contract in contracts for pair in _stated(contract)]
    return sum(_register(actor, organisation, kana) for organisation, kana in stated)


def _stated(contract: Contract) -> Iterator[tuple[Organisation, str]]:
    """The applicant is the contract's representative; a joint contractor is the party of the name on the form."""
    form = accepted_form(contract)
    if form.contractor.name_kana.strip():
        yield contract.contractor, form.contractor.name_kana
    kana = {joint.name: joint.name_kana for joint in form.joint_contractors if joint.name_kana.strip()}
    for found in parties_on(current(), contract, tokyo_date(contract.accepted_at)) if kana else ():
        if found.data.name in kana:
            yield found.party.organisation, kana[found.data.name]


def _register(actor: Actor, organisation: Organisation, kana: str) -> bool:
    form = normalised(kana[:NAME_CHARACTERS_MAX])
    if not form:
        return False
    _, new = PayerName.objects.get_or_create(
        organisation=organisation, name=form, defaults={"registered": True, "told_at": clock.now()}
    )
    if new:
        record(actor, act="billing.register_payer_name", object=f"organisation:{organisation.pk}")
    return new


def _record_account(actor: Person, verb: str, row: VirtualAccount) -> None:
    details = {"bank_code": row.bank_code, "account": row.account}
    record(
        actor,
        act=f"billing.{verb}_virtual_account",
        object=f"virtual_account:{row.pk}",
        contract_id=row.contract_id,
        details=details,
    )
