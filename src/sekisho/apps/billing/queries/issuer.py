"""The carrier as it issues invoices on a day, and the terms as its accountants read them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import terms_of
from sekisho.apps.refusals import Refused
from sekisho.terms.switches import switch_read
from sekisho.terms.versions import Terms

from ..models import IssuerProfile


def issuer_on(on: dt.date) -> IssuerProfile:
    """The profile in force; of several for one day the last recorded. Refused while there is none."""
    found = IssuerProfile.objects.filter(valid_from__lte=on).order_by("-valid_from", "-pk").first()
    if found is None:
        raise Refused(
            "issuer.none",
            "請求書の発行者情報が登録されていません。",
            "The carrier's name and registration number for invoices are not set.",
        )
    return found


def terms_for_billing(contract: Contract, issuer: IssuerProfile) -> Terms:
    """The contract's terms, with the switches that this carrier has set."""
    terms = terms_of(contract)
    if not issuer.switches:
        return terms
    settings = {name: switch_read(name, text) for name, text in issuer.switches.items()}
    return replace(terms, switches=replace(terms.switches, **settings))
