"""The carrier as it issues invoices on a day."""

from __future__ import annotations

import datetime as dt

from sekisho.apps.refusals import Refused

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
