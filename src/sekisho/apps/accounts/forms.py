"""The form for a machine's token, the same in every door."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from .actions.tokens import TOKEN_DAYS_MAX, TOKEN_NAME_CHARS_MAX
from .models import Organisation, Role, TokenScope

ROLE_WORDS = {
    Role.CARRIER_ADMIN: _("Administrator"),
    Role.CARRIER_DESK: _("Desk"),
    Role.PARTNER_ANALYST: _("Analyst"),
    Role.PARTNER_LEAD: _("Lead"),
    Role.CONTRACTOR_ADMIN: _("Administrator"),
    Role.CONTRACTOR_MEMBER: _("Member, reads only"),
}
SCOPE_WORDS = {
    TokenScope.APPLICATIONS_READ: _("Read applications"),
    TokenScope.APPLICATIONS_WRITE: _("Write applications"),
    TokenScope.CHARGES_READ: _("Read charges"),
    TokenScope.CONTRACTS_READ: _("Read contracts"),
    TokenScope.CONTRACTS_WRITE: _("Change contracts"),
    TokenScope.DOCUMENTS_READ: _("Read documents"),
    TokenScope.INVOICES_READ: _("Read invoices"),
    TokenScope.RECEIPTS_READ: _("Read receipts"),
    TokenScope.RECEIPTS_WRITE: _("Write receipts"),
    TokenScope.TARIFF_READ: _("Read prices"),
}
TOKEN_DAYS = 90


class TokenForm(forms.Form):
    """What a token is for, what it may do, and until when."""

    name = forms.CharField(
        label=_("What it is for"), help_text=_("Such as: accounting, nightly."), max_length=TOKEN_NAME_CHARS_MAX
    )
    role = forms.ChoiceField(label=_("Acts as"))
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    days = forms.IntegerField(label=_("Valid for (days)"), min_value=1, max_value=TOKEN_DAYS_MAX, initial=TOKEN_DAYS)

    def __init__(self, data: object, organisation: Organisation) -> None:
        super().__init__(data)
        kind = organisation.kind
        self.fields["role"].choices = [
            (r.value, words) for r, words in ROLE_WORDS.items() if r.organisation_kind == kind
        ]
        self.fields["scopes"].choices = [(scope.value, words) for scope, words in SCOPE_WORDS.items()]
