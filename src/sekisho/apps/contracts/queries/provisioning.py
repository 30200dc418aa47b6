"""What has to be true before a service starts (Arts. 6-1(3), 7-1, 23-1), item by item, as a list to tick off."""

from __future__ import annotations

from typing import NamedTuple

from sekisho.apps.scope import Scope
from sekisho.terms.applications import activation_refusals
from sekisho.terms.values import Refusal
from sekisho.terms.versions import Terms
from sekisho.terms.words import Words

from ..forms import ApplicationForm, read_form
from ..models import Application, ApplicationAct, Contract
from .contacts import contacts_of
from .standing import terms_of


class Check(NamedTuple):
    """One item; ``refusal`` says what is missing, None: done."""

    code: str
    words: Words
    refusal: Refusal | None


def checklist_of(scope: Scope, contract: Contract) -> list[Check]:
    """Everything that the start of this contract's service waits for, in the order in which it is done."""
    form = accepted_form(contract)
    built = last_as_built(contract)
    contacts, terms = contacts_of(scope, contract), terms_of(contract)
    refusals = activation_refusals(
        form.operations,
        contacts[0].phone if contacts else "",
        [contact.mail for contact in contacts],
        built["mismatches"],
        terms=terms,
    )
    found = {refusal.code: refusal for refusal in refusals}
    found["line.not_active"] = None if contract.line.active else _refused("line.not_active", "7-1", _LINE_DOWN, terms)
    short = built["devices"] < len(form.devices)
    found["activation.no_device"] = _refused("activation.no_device", "4-1", _NO_DEVICE, terms) if short else None
    return [Check(code, words, found.get(code)) for code, words in _ITEMS.items()]


def accepted_form(contract: Contract) -> ApplicationForm:
    """The form that the contract was accepted by; an empty one for contracts from before there were forms."""
    application = Application.objects.filter(pk=contract.application_id).first()
    return read_form(ApplicationForm, application.form) if application else ApplicationForm()


def last_as_built(contract: Contract) -> dict:
    """{"devices", "mismatches"} of the last comparison with the sheets; before it, no device is there."""
    application = Application.objects.filter(pk=contract.application_id).first()
    steps = application.steps.filter(act=ApplicationAct.AS_BUILT).order_by("-pk") if application else []
    return steps[0].details if steps else {"devices": 0, "mismatches": 0}


def _refused(code: str, article: str, words: Words, terms: Terms) -> Refusal:
    return Refusal(code, article, words, terms.version)


_ITEMS = {
    "line.not_active": Words("契約者回線の開通", "The line is in service"),
    "activation.no_device": Words("装置の割り当て", "Devices are assigned"),
    "activation.not_as_stated": Words("設定とシートの一致", "Settings are as the sheets state"),
    "activation.no_phone": Words("第一通報者の電話番号", "Telephone number of the first contact"),
    "activation.no_mail": Words("通知先のメールアドレス", "Mail address for notices"),
}
_LINE_DOWN = Words("契約者回線が開通していません。", "The line is not in service.")
_NO_DEVICE = Words("割り当てられた装置が申込の台数に足りません。", "Fewer devices are assigned than were applied for.")
