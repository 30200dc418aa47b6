"""From acceptance to service, and changes of what runs: provisioning, comparison with the sheets, start, change."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sekisho.apps.contracts import actions, queries
from sekisho.apps.contracts.actions.starting import billing_to_move
from sekisho.apps.contracts.actions.taking_on import OFFICE
from sekisho.apps.contracts.forms import ChangeForm
from sekisho.apps.contracts.queries.provisioning import accepted_form, last_as_built
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.minimum import TermKind, minimum_term
from sekisho.terms.moments import tokyo_date
from sekisho.terms.plans import ACCESS_WORDS, PLAN_WORDS, AccessItem, Plan

from ..acting import Consequences, Tile, options
from ..forms import fields
from .act import LIVING, PREPARING, Act, S, Subject, Told


class AsBuiltForm(forms.Form):
    devices = forms.IntegerField(label=gettext_lazy("Devices on the line"), min_value=0, max_value=999)
    mismatches = forms.IntegerField(
        label=gettext_lazy("Settings that differ from the sheets"), min_value=0, max_value=9_999, initial=0
    )
    note = fields.text(gettext_lazy("Note"))


class StartForm(forms.Form):
    started_on = fields.day(gettext_lazy("First day of service"), required=True)
    billing_from_on = fields.day(
        gettext_lazy("First day that is billed"), gettext_lazy("Leave it empty for the first day of service.")
    )


class BillingForm(forms.Form):
    on = fields.day(gettext_lazy("First day that is billed"), required=True)


class ChangePaperForm(forms.Form):
    """A change form that came on paper (Art. 14); what is not written stays as it is."""

    received_at = fields.moment(gettext_lazy("When the paper arrived (Tokyo)"), gettext_lazy("Leave it empty for now."))
    plan = forms.ChoiceField(label=gettext_lazy("Plan"), required=False)
    quote = fields.line(gettext_lazy("Number of the quote"), gettext_lazy("For the Premium plan alone."))
    access_item = forms.ChoiceField(label=gettext_lazy("Access item"), required=False)
    add_operations = forms.BooleanField(label=gettext_lazy("Add security operations"), required=False)
    add_monitoring_report = forms.BooleanField(label=gettext_lazy("Add the monitoring report"), required=False)
    add_report_meeting = forms.BooleanField(label=gettext_lazy("Add the report meeting"), required=False)
    retention_years = forms.IntegerField(
        label=gettext_lazy("Logs are kept for (years, the first included)"), required=False, min_value=1, max_value=99
    )
    add_accounts = forms.IntegerField(
        label=gettext_lazy("More portal accounts"), required=False, min_value=0, max_value=1_000
    )
    line = fields.line(gettext_lazy("New line"), gettext_lazy("Only where the line itself is moved or replaced."))
    wished_on = fields.day(gettext_lazy("From which day"), gettext_lazy("Leave it empty for as soon as possible."))
    notes = fields.text(gettext_lazy("Notes"))

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["plan"].choices = [("", _("stays")), *options(PLAN_WORDS, Plan)]
        self.fields["access_item"].choices = [("", _("stays")), *options(ACCESS_WORDS, AccessItem)]


def _change(told: Told) -> ChangeForm:
    return ChangeForm(
        plan=Plan(told["plan"]) if told["plan"] else None,
        quote=told["quote"],
        access_item=AccessItem(told["access_item"]) if told["access_item"] else None,
        add_operations=told["add_operations"],
        add_monitoring_report=told["add_monitoring_report"],
        add_report_meeting=told["add_report_meeting"],
        retention_years=told["retention_years"],
        add_accounts=told["add_accounts"] or 0,
        line=told["line"],
        wished_on=told["wished_on"],
        notes=told["notes"],
    )


def _provisioning_foreseen(subject: Subject, _told: Told) -> Consequences:
    return Consequences(notes=(_("Line, devices and settings are made ready; nothing is billed yet."),))


def _as_built_foreseen(subject: Subject, told: Told) -> Consequences:
    wanted = len(accepted_form(subject.contract).devices)
    compared = Tile(_("Devices"), text=f"{told['devices']} / {wanted}", beside=_("on the line / applied for"))
    stops = _("Service cannot start while settings differ or devices are missing.")
    ready = told["devices"] >= wanted and not told["mismatches"]
    return Consequences(tiles=(compared,), notes=() if ready else (stops,))


def _start_foreseen(subject: Subject, told: Told) -> Consequences:
    contract, on = subject.contract, told["started_on"]
    terms = queries.binding_terms_of(contract, on, history=subject.history)
    return Consequences(
        tiles=(
            Tile(_("First day of service"), day=on),
            Tile(_("First day that is billed"), day=told["billing_from_on"] or on),
            Tile(_("Last day of the minimum term"), day=minimum_term(TermKind.SERVICE, on, terms=terms).value),
        ),
        notes=(_("Operations and options that were applied for begin with the service."),),
        refusals=tuple(one.refusal for one in queries.checklist_of(current(), contract) if one.refusal),
    )


def _billing_foreseen(subject: Subject, told: Told) -> Consequences:
    billing_to_move(subject.contract, told["on"])
    return Consequences(tiles=(Tile(_("First day that is billed"), day=told["on"]),))


def _change_foreseen(subject: Subject, told: Told) -> Consequences:
    today = tokyo_date(told["received_at"] or clock.now())
    on = max(told["wished_on"] or today, tokyo_date(clock.now()))
    preview = queries.preview_change(subject.contract, _change(told), on, history=subject.history)
    return Consequences(
        tiles=(
            Tile(_("A month costs now, without tax"), yen=preview.monthly_before),
            Tile(_("A month would cost, without tax"), yen=preview.monthly_after),
            Tile(_("The change itself, once, without tax"), yen=preview.one_time),
        ),
        notes=(_("The form waits in the queue; it changes nothing until it is accepted."),),
        refusals=preview.refusals,
    )


def _as_built_form(data: Any, subject: Subject) -> forms.Form:
    known = last_as_built(subject.contract)
    return AsBuiltForm(data, initial={"devices": known["devices"], "mismatches": known["mismatches"]})


ACTS = (
    Act(
        slug="begin-provisioning",
        section="life",
        title=gettext_lazy("Begin provisioning"),
        button=gettext_lazy("Begin"),
        done=gettext_lazy("Provisioning has begun."),
        states=frozenset({S.ACCEPTED}),
        form=lambda data, _subject: fields.Nothing(data),
        foresee=_provisioning_foreseen,
        do=lambda person, subject, _told: actions.begin_provisioning(person, contract=subject.contract),
    ),
    Act(
        slug="as-built",
        section="life",
        title=gettext_lazy("Compare the devices with their sheets"),
        button=gettext_lazy("Record it"),
        done=gettext_lazy("The comparison is recorded."),
        states=PREPARING,
        form=_as_built_form,
        foresee=_as_built_foreseen,
        do=lambda person, subject, told: actions.confirm_as_built(person, contract=subject.contract, **told),
    ),
    Act(
        slug="start-service",
        section="life",
        title=gettext_lazy("Start the service"),
        button=gettext_lazy("Start it"),
        done=gettext_lazy("The start is recorded."),
        states=frozenset({S.PROVISIONING}),
        form=lambda data, _subject: StartForm(data),
        foresee=_start_foreseen,
        do=lambda person, subject, told: actions.start_service(person, contract=subject.contract, **told),
    ),
    Act(
        slug="start-billing",
        section="life",
        title=gettext_lazy("Move the start of billing"),
        button=gettext_lazy("Move it"),
        done=gettext_lazy("The start of billing is moved."),
        states=LIVING,
        form=lambda data, _subject: BillingForm(data),
        foresee=_billing_foreseen,
        do=lambda person, subject, told: actions.start_billing(person, contract=subject.contract, **told),
    ),
    Act(
        slug="change",
        section="life",
        title=gettext_lazy("Enter a change form"),
        button=gettext_lazy("Put it in the queue"),
        done=gettext_lazy("The change form is in the queue of applications."),
        states=LIVING,
        form=lambda data, _subject: ChangePaperForm(data),
        foresee=_change_foreseen,
        do=lambda person, subject, told: actions.request_change(
            person,
            contract=subject.contract,
            form=_change(told),
            office=OFFICE,
            received_at=told["received_at"],
        ),
    ),
)
