"""Work that interrupts the service of several contracts at once (Art. 20)."""

from __future__ import annotations

import re

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sekisho.gateways import clock
from sekisho.terms.grounds import GROUNDS, Catalogue

from . import fields

CONTRACTS_MAX = 500
_BETWEEN = re.compile(r"[\s,、]+")


class WorkForm(forms.Form):
    """What is done, why, when, and whom it touches."""

    contracts = fields.text(_("Contracts that it touches"), _("Their numbers, at most 500."), required=True)
    ground = forms.ChoiceField(label=_("Ground"))
    fact = fields.text(_("What is done"), required=True)
    reason = fields.text(_("What the contractors will notice of it"), required=True)
    starts_at = fields.moment(_("From when (Tokyo)"), _("Leave it empty for urgent work, which begins at once."))
    until_at = fields.moment(_("Until when (Tokyo)"), _("Needed for work that is announced."))
    short_notice_reason = fields.text(_("Why it is announced so late"), _("Needed after the last day for a notice."))
    urgent_reason = fields.text(_("Why it cannot wait for a notice"), _("Written: the service is interrupted now."))

    def __init__(self, data: object) -> None:
        super().__init__(data)
        language = get_language() or "ja"
        self.fields["ground"].choices = [
            (one.code, f"{one.article} {one.words.in_language(language)}")
            for one in GROUNDS[Catalogue.INTERRUPTION].values()
        ]

    def clean_contracts(self) -> list[str]:
        numbers = sorted({number for number in _BETWEEN.split(self.cleaned_data["contracts"]) if number})
        if len(numbers) > CONTRACTS_MAX:
            raise forms.ValidationError(_("At most 500 contracts at once."))
        return numbers

    def clean(self) -> dict:
        told = super().clean()
        starts_at, until_at = told.get("starts_at"), told.get("until_at")
        urgent = bool(told.get("urgent_reason", "").strip())
        if bool(starts_at) == urgent:
            self.add_error("starts_at", _("Name either the start that is announced, or why it cannot wait."))
        if not urgent and not until_at:
            self.add_error("until_at", _("Announced work needs its end."))
        if until_at and until_at <= (starts_at or clock.now()):
            self.add_error("until_at", _("The end has to come after the start."))
        return told
