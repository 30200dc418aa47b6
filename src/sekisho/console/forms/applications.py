"""A paper application as the desk types it in, and what is decided about one."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from sekisho.apps.contracts.actions.taking_on import OFFICE, SERVICE, starting_sheet
from sekisho.apps.contracts.forms import ApplicationForm, Contractor, Device, Options
from sekisho.apps.contracts.forms.application import DEVICES_MAX, EXTRA_ACCOUNTS_MAX, JOINT_CONTRACTORS_MAX
from sekisho.apps.contracts.models import ScreeningVerdict
from sekisho.apps.tariff.items import ANCILLARY_WORDS
from sekisho.terms.applications import AncillaryService, FormPart, LineKind
from sekisho.terms.consents import CONSENT_TEXTS, consent_text
from sekisho.terms.grounds import GROUNDS, Catalogue
from sekisho.terms.plans import ACCESS_WORDS, FUNCTION_WORDS, PLAN_WORDS, AccessItem, Plan, SecurityFunction
from sekisho.terms.screening import ScreeningResult
from sekisho.terms.versions import LATEST

from ..acting import options
from . import fields

SHEET_CHARACTERS_MAX = 500_000
_NOT_STATED = ("", "—")
APPLICANT = ("name_kana", "address", "representative", "corporate_number")
"""What the paper says of the applicant besides its name, which the house knows."""

CONSENTED = {part: f"consent_{part.value}" for part in sorted({text.part for text in CONSENT_TEXTS})}
"""Part of the form -> the field that says the applicant agreed to its newest text."""


class ApplicantForm(forms.Form):
    """An applicant that nobody knows yet."""

    name = fields.line(_("Name of the company"), required=True)
    name_en = fields.line(_("Name in English"))


class PaperForm(forms.Form):
    """Art. 10-1, as it stands on paper; what is not stated may be missing, and the application stays a draft."""

    office = fields.line(_("Office that received it"), required=True)
    line = fields.line(_("Line"), _("The line's identifier, as the line service calls it."))
    line_kind = forms.ChoiceField(label=_("Kind of the line"), required=False)
    line_active = forms.BooleanField(label=_("The line is in service"), required=False, initial=True)
    line_ordered = forms.BooleanField(
        label=_("The line is ordered together with the service and may open later"), required=False
    )
    service = fields.line(_("Service"))
    plan = forms.ChoiceField(label=_("Plan"), required=False)
    quote = fields.line(_("Number of the quote"), _("For the Premium plan alone."))
    access_item = forms.ChoiceField(label=_("Access item"), required=False)
    functions = fields.ticks(_("Security functions"), [])
    operations = forms.BooleanField(label=_("With security operations"), required=False)
    retention_years = forms.IntegerField(
        label=_("Logs are kept for (years, the first included)"),
        min_value=1,
        max_value=LATEST.parameters.log_retention_years_max,
        initial=1,
    )
    extra_accounts = forms.IntegerField(
        label=_("More portal accounts"), min_value=0, max_value=EXTRA_ACCOUNTS_MAX, initial=0
    )
    monitoring_report = forms.BooleanField(label=_("Monitoring report"), required=False)
    report_meeting = forms.BooleanField(label=_("Report meeting"), required=False)
    ancillary = fields.ticks(_("Ancillary services"), [])
    wished_start_on = fields.day(_("Wished start"))
    name_kana = fields.line(_("Name of the applicant in kana"), _("Its transfers are known by it."))
    address = fields.line(_("Address"))
    representative = fields.line(_("Representative"))
    corporate_number = fields.line(_("Corporate number"), _("13 digits; empty for who has none."))
    notes = fields.text(_("Notes"))

    def __init__(self, data: object = None, initial: dict | None = None) -> None:
        super().__init__(data, initial={"office": OFFICE, "service": SERVICE, **(initial or {})})
        self.fields["plan"].choices = [_NOT_STATED, *options(PLAN_WORDS, Plan)]
        self.fields["access_item"].choices = [_NOT_STATED, *options(ACCESS_WORDS, AccessItem)]
        self.fields["functions"].choices = options(FUNCTION_WORDS, SecurityFunction)
        self.fields["ancillary"].choices = options(ANCILLARY_WORDS, AncillaryService)
        self.fields["line_kind"].choices = LINE_KINDS
        language = get_language() or "ja"
        for part, name in CONSENTED.items():
            text = consent_text(FormPart(part))
            self.fields[name] = forms.BooleanField(label=text.words.in_language(language), required=False)

    def stated(self, devices: DeviceForms, joint: JointForms) -> ApplicationForm:
        """What was typed as the form that contracts know. Call after ``is_valid`` of all three."""
        told = self.cleaned_data
        return ApplicationForm(
            contractor=Contractor(**{name: told[name] for name in APPLICANT}),
            joint_contractors=tuple(Contractor(**one) for one in joint.cleaned_data if one.get("name")),
            line_ordered=told["line_ordered"],
            service=told["service"],
            plan=Plan(told["plan"]) if told["plan"] else None,
            functions=tuple(sorted(map(SecurityFunction, told["functions"]))),
            access_item=AccessItem(told["access_item"]) if told["access_item"] else None,
            operations=told["operations"],
            options=Options(
                retention_years=told["retention_years"],
                extra_accounts=told["extra_accounts"],
                monitoring_report=told["monitoring_report"],
                report_meeting=told["report_meeting"],
            ),
            ancillary=tuple(sorted(map(AncillaryService, told["ancillary"]))),
            devices=tuple(
                Device(label=one["label"], policy=one["policy"]) for one in devices.cleaned_data if one.get("label")
            ),
            quote=told["quote"],
            wished_start_on=told["wished_start_on"],
            notes=told["notes"],
        )

    def consented(self) -> list[FormPart]:
        return [FormPart(part) for part, name in CONSENTED.items() if self.cleaned_data[name]]


class DeviceForm(forms.Form):
    """One device with its security policy sheet (Art. 10-1(2))."""

    label = fields.line(_("Device"))
    sheet = forms.CharField(
        label=_("Security policy sheet (JSON)"),
        help_text=_("Empty: not stated yet, and the application stays incomplete."),
        required=False,
        max_length=SHEET_CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        written = told.get("sheet", "").strip()
        told["policy"] = _policy(self, written) if written else None
        if written and not told.get("label"):
            self.add_error("label", _("Name the device that the sheet is for."))
        return told


def _policy(form: DeviceForm, written: str) -> dict[str, Any] | None:
    try:
        policy = json.loads(written)
    except (ValueError, RecursionError) as wrong:
        form.add_error("sheet", _("This is not JSON: %(why)s") % {"why": wrong})
        return None
    if not isinstance(policy, dict):
        form.add_error("sheet", _("A sheet is a JSON object, written in braces."))
        return None
    return policy


class JointForm(forms.Form):
    """One joint contractor beside the applicant, who represents them (Art. 9-1)."""

    name = fields.line(_("Name of the company"))
    name_kana = fields.line(_("Name in kana"))
    name_en = fields.line(_("Name in English"))
    address = fields.line(_("Address"))
    representative = fields.line(_("Representative"))
    corporate_number = fields.line(_("Corporate number"), _("13 digits; empty for who has none."))

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        if any(told.values()) and not told.get("name"):
            self.add_error("name", _("Name the joint contractor."))
        return told


JointForms = forms.formset_factory(JointForm, extra=0, max_num=JOINT_CONTRACTORS_MAX, validate_max=True)
DeviceForms = forms.formset_factory(DeviceForm, extra=0, min_num=1, max_num=DEVICES_MAX, validate_max=True)


def paper_of(form: ApplicationForm, line: str, consented: dict[str, int]) -> dict[str, Any]:
    """What the desk's form shows of a draft that there is."""
    told = msgspec.to_builtins(form)
    written = {name: told.get(name) for name in ("service", "plan", "quote", "access_item", "functions", "ancillary")}
    written |= {"operations": form.operations, "notes": form.notes, "wished_start_on": form.wished_start_on}
    agreed = {name: part in consented for part, name in CONSENTED.items()}
    applicant = {name: getattr(form.contractor, name) for name in APPLICANT}
    written |= {"line_ordered": form.line_ordered, **applicant}
    return {**written, **msgspec.structs.asdict(form.options), **agreed, "line": line}


def joint_of(form: ApplicationForm) -> list[dict[str, str]]:
    return [msgspec.structs.asdict(one) for one in form.joint_contractors]


def devices_of(form: ApplicationForm) -> list[dict[str, str]]:
    return [
        {"label": one.label, "sheet": json.dumps(one.policy, ensure_ascii=False, indent=1) if one.policy else ""}
        for one in form.devices
    ]


def smallest_sheet() -> list[dict[str, str]]:
    """What a new form starts from: the smallest sheet that is one."""
    return [{"label": "", "sheet": json.dumps(starting_sheet({SecurityFunction.IDS_IPS}), indent=1)}]


class ReceiveForm(forms.Form):
    received_at = fields.moment(_("When the paper arrived (Tokyo)"), _("Leave it empty for now."))


class ScreeningForm(forms.Form):
    """What was looked up, where, and what came out."""

    subjects = fields.text(
        _("Names that were looked up, one a line"),
        _("The company, its officers, and who controls it."),
        required=True,
    )
    source = fields.line(_("Source"), _("Where it was looked up: a database and its date, articles, a register."))
    result = forms.ChoiceField(label=_("Result"), choices=[])
    evidence = fields.text(_("Evidence"), _("Needed for a grey result and a hit."))
    checked_on = fields.day(_("Checked on"), _("Leave it empty for today."))

    def __init__(self, data: object, subjects: str) -> None:
        super().__init__(data, initial={"subjects": subjects})
        self.fields["result"].choices = list(RESULTS.items())


class ReviewForm(forms.Form):
    verdict = forms.ChoiceField(
        label=_("What you make of it"),
        choices=[
            (ScreeningVerdict.CLEARED.value, _("Cleared: it is not them, or it is no obstacle")),
            (ScreeningVerdict.CONFIRMED.value, _("Confirmed: the applicant is refused")),
        ],
    )
    reason = fields.reason()


class AcceptForm(forms.Form):
    """``out_of_turn`` asks for the reason, where the application is not the first of its office."""

    def __init__(self, data: object, *, out_of_turn: bool, change: bool) -> None:
        super().__init__(data)
        if change:
            self.fields["effective_on"] = fields.day(
                _("From which day"), _("Leave it empty for the day that was wished for, at the earliest today.")
            )
        if out_of_turn:
            self.fields["out_of_turn_reason"] = fields.reason(_("Why it is accepted out of turn"), required=False)


class RefuseForm(forms.Form):
    ground = forms.ChoiceField(label=_("Ground"), widget=forms.RadioSelect)
    text = fields.text(_("What happened"), _("Needed for the open ground at the end of the list."))

    def __init__(self, data: object, *, out_of_turn: bool) -> None:
        super().__init__(data)
        language = get_language() or "ja"
        self.fields["ground"].choices = [
            (ground.code, f"{ground.article} {ground.words.in_language(language)}")
            for ground in GROUNDS[Catalogue.REFUSAL].values()
        ]
        if out_of_turn:
            self.fields["out_of_turn_reason"] = fields.reason(_("Why it is decided out of turn"), required=False)


LINE_KINDS = [
    (LineKind.IP_NETWORK.value, _("IP network service")),
    (LineKind.LAN_NETWORK.value, _("LAN network service")),
    (LineKind.OTHER.value, _("Another service")),
]
RESULTS = {
    ScreeningResult.CLEAR.value: _("Clear"),
    ScreeningResult.GREY.value: _("Grey"),
    ScreeningResult.HIT.value: _("Hit"),
}
