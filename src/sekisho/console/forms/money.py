"""What the desk writes about money: each of these is answered with its consequences before it is done."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from . import fields


def _chosen(*values: str) -> forms.ChoiceField:
    """Which of a page's buttons was pressed; it goes along unseen."""
    return forms.ChoiceField(choices=[(value, value) for value in values], widget=forms.HiddenInput)


class LetterForm(forms.Form):
    """A reminder that waits: ``what`` sends or drops it; a reason says why not."""

    what = _chosen("send", "drop")
    reason = fields.line(_("Or why not"))

    def clean(self) -> dict:
        told = super().clean()
        if told.get("what") == "drop" and not told.get("reason", "").strip():
            self.add_error("reason", _("Say why it does not go out."))
        return told


class CounterForm(forms.Form):
    """A payment that no file tells of."""

    paid_on = fields.day(_("Paid on"), required=True)
    yen = forms.IntegerField(label=_("Amount in yen"), min_value=1, max_value=fields.YEN_MAX)
    payer_name = fields.line(_("Payer"))
    text = fields.line(_("Where it is to be found"), required=True)


class MatchForm(forms.Form):
    """One of the proposals for a receipt, as it was seen; ``keep_for``: the contract that keeps what is over."""

    candidate = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=4_000, widget=forms.HiddenInput)
    keep_for = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class MonthForm(forms.Form):
    month = forms.RegexField(r"^[0-9]{4}-(0[1-9]|1[0-2])$", label=_("Month to bill"))
