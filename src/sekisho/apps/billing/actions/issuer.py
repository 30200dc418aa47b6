"""Who issues the invoices: the carrier's name, registration number and bank account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.audit.models import kept_name
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.registration import invoice_number
from sekisho.terms.words import Words

from ..models import IssuerProfile

BANK_FIELDS = frozenset({"bank", "bank_code", "branch", "branch_code", "kind", "number", "holder", "holder_kana"})


@transaction.atomic
def set_issuer(
    actor: Actor,
    *,
    valid_from: dt.date,
    name: str,
    registration_number: str,
    department: str = "",
    representative: str = "",
    postal_code: str = "",
    address: Sequence[str] = (),
    phone: str = "",
    mail: str = "",
    seal: bytes | None = None,
    bank_account: Mapping[str, str] | None = None,
) -> IssuerProfile:
    """From ``valid_from`` on invoices are issued like this; earlier ones keep what they were issued with."""
    found = invoice_number(registration_number)
    if not found.value:
        steps = [step.words for step in found.steps] or [Words("登録番号が不正です。", "The number is wrong.")]
        raise Refused("issuer.registration_number", steps[-1].ja, steps[-1].en)
    account = dict(bank_account or {})
    if account.keys() - BANK_FIELDS:
        raise Refused("issuer.bank_account", "口座の項目が不正です。", "The bank account has unknown fields.")
    profile = IssuerProfile.objects.create(
        valid_from=valid_from,
        name=name,
        registration_number=registration_number,
        department=department,
        representative=representative,
        postal_code=postal_code,
        address=list(address),
        phone=phone,
        mail=mail,
        seal=seal,
        bank_account=account,
        recorded_at=clock.now(),
        recorded_by=kept_name(actor.pk, actor.name),
    )
    details = {"valid_from": valid_from.isoformat(), "registration_number": registration_number}
    record(actor, act="billing.set_issuer", object=f"issuer:{profile.pk}", details=details)
    return profile
