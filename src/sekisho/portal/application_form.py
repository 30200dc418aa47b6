"""The application form of Art. 10 as it is filled in at the portal: what was typed, read into ``ApplicationForm``.

Only shapes are checked here, and a field that has none stays as it was typed with the reason beside it. What is
missing and what the terms refuse is said by ``queries.application_refusals_of``; a draft may lack anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sekisho.apps.contracts.actions.taking_on import SERVICE, starting_sheet
from sekisho.apps.contracts.forms import ApplicationForm, Device, Options
from sekisho.apps.contracts.forms.application import DEVICES_MAX, EXTRA_ACCOUNTS_MAX
from sekisho.apps.contracts.models import Application
from sekisho.terms.applications import AncillaryService
from sekisho.terms.plans import AccessItem, Plan, SecurityFunction
from sekisho.terms.versions import LATEST

from .forms import NOTES_CHARACTERS_MAX, Day

SHEET_BYTES_MAX = 500_000
LABEL_CHARACTERS_MAX = 100
QUOTE_CHARACTERS_MAX = 40


class ApplicationFields(forms.Form):
    """Everything but the devices, which are ``DeviceRow``. The page draws the choices, because each says why not."""

    line = forms.CharField(required=False, max_length=LABEL_CHARACTERS_MAX)
    plan = forms.ChoiceField(required=False, choices=[(plan.value, plan.value) for plan in Plan])
    quote = forms.CharField(
        label=gettext_lazy("Number of the quote"),
        help_text=gettext_lazy("For the Premium plan, which is designed and priced for you: our desk gives it to you."),
        required=False,
        max_length=QUOTE_CHARACTERS_MAX,
    )
    access_item = forms.ChoiceField(required=False, choices=[(item.value, item.value) for item in AccessItem])
    functions = forms.MultipleChoiceField(required=False, choices=[(f.value, f.value) for f in SecurityFunction])
    operations = forms.BooleanField(required=False)
    retention_years = forms.IntegerField(
        label=gettext_lazy("Logs are kept for (years, the first included)"),
        min_value=1,
        max_value=LATEST.parameters.log_retention_years_max,
        initial=1,
        required=False,
    )
    extra_accounts = forms.IntegerField(
        label=gettext_lazy("More portal accounts"), min_value=0, max_value=EXTRA_ACCOUNTS_MAX, initial=0, required=False
    )
    monitoring_report = forms.BooleanField(required=False)
    report_meeting = forms.BooleanField(required=False)
    ancillary = forms.MultipleChoiceField(required=False, choices=[(s.value, s.value) for s in AncillaryService])
    wished_start_on = Day(
        label=gettext_lazy("Wished start"), help_text=gettext_lazy("Leave it empty for as soon as possible.")
    )
    notes = forms.CharField(
        label=gettext_lazy("What else we should know"),
        required=False,
        max_length=NOTES_CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@dataclass
class DeviceRow:
    """One device and its security policy sheet as text. ``fault``: why the text is no sheet at all."""

    number: int
    label: str
    text: str = ""
    fault: str = ""
    policy: dict[str, Any] | None = None


@dataclass
class Filled:
    """A form as it stands on the page. ``form`` is None while something in it can't be read."""

    fields: ApplicationFields
    devices: list[DeviceRow] = field(default_factory=list)
    form: ApplicationForm | None = None

    @property
    def chosen(self) -> set[str]:
        """Every value that is ticked, as "field:value"."""
        told = {name: self.fields[name].value() for name in ("line", "plan", "access_item", "functions", "ancillary")}
        several = {name: value if isinstance(value, list | tuple) else [value] for name, value in told.items()}
        ticks = {f"{name}:on" for name in _TICKS if self.fields[name].value()}
        return ticks | {f"{name}:{value}" for name, values in several.items() for value in values if value}


_TICKS = ("operations", "monitoring_report", "report_meeting")


def empty() -> Filled:
    return Filled(ApplicationFields(initial={"retention_years": 1, "extra_accounts": 0}), [DeviceRow(1, "")])


def of_draft(application: Application, form: ApplicationForm) -> Filled:
    """The page of a draft that was saved."""
    told = msgspec.to_builtins(form)
    initial = {name: getattr(form, name) for name in ("quote", "operations", "wished_start_on", "notes")}
    initial |= msgspec.structs.asdict(form.options)
    initial |= {name: told.get(name) for name in ("plan", "access_item", "functions", "ancillary")}
    initial["line"] = application.line.identifier if application.line else ""
    devices = [
        DeviceRow(number, device.label, _written(device.policy), policy=device.policy)
        for number, device in enumerate(form.devices, 1)
    ]
    return Filled(ApplicationFields(initial=initial), devices or [DeviceRow(1, "")], form)


def read(data: Mapping[str, Any], files: Mapping[str, UploadedFile]) -> Filled:
    """What was sent. The rows of devices change as the pressed button ``act`` says: add, remove-2, sheet-1."""
    fields = ApplicationFields(data)
    devices = list(_devices(data, files))
    filled = Filled(fields, devices)
    if fields.is_valid() and not any(device.fault for device in devices):
        _press(data.get("act", ""), devices, fields.cleaned_data["functions"])
        filled.form = _form(fields.cleaned_data, devices)
    return filled


def _devices(data: Mapping[str, Any], files: Mapping[str, UploadedFile]) -> Iterator[DeviceRow]:
    number = 1
    while f"device-{number}" in data and number <= DEVICES_MAX:
        row = DeviceRow(number, data[f"device-{number}"].strip()[:LABEL_CHARACTERS_MAX].replace("\0", ""))
        row.text = data.get(f"sheet-{number}", "")
        if file := files.get(f"file-{number}"):
            row.text = file.read(SHEET_BYTES_MAX + 1).decode("utf-8-sig", "replace")
        _read_sheet(row)
        yield row
        number += 1


def _read_sheet(row: DeviceRow) -> None:
    if not row.text.strip():
        return
    if len(row.text) > SHEET_BYTES_MAX:
        row.text, row.fault = "", _("The sheet is larger than %(bytes)s bytes.") % {"bytes": f"{SHEET_BYTES_MAX:,}"}
        return
    try:
        row.policy = json.loads(row.text, parse_constant=_no_number)
        if not isinstance(row.policy, dict):
            row.fault = _("A sheet is a JSON object, written in braces.")
        elif _unstorable(row.policy):
            row.fault = _("The sheet holds a character that no text can hold.")
    except json.JSONDecodeError as wrong:
        place = {"line": wrong.lineno, "column": wrong.colno}
        row.fault = _("This can't be read as JSON from line %(line)s, column %(column)s on.") % place
    except (ValueError, RecursionError):
        row.fault = _("The sheet holds a number or a depth that no policy has.")


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _unstorable(document: dict[str, Any]) -> bool:
    """Whether it has a NUL or half a character: legal in JSON's escapes, and nothing that a database keeps."""
    written = json.dumps(document, ensure_ascii=False, allow_nan=False)
    return "\\u0000" in written or any("\ud800" <= character <= "\udfff" for character in written)


def _press(act: str, devices: list[DeviceRow], functions: list[str]) -> None:
    verb, _dash, number = act.partition("-")
    place = int(number) - 1 if number.isdecimal() and 0 < int(number) <= len(devices) else None
    if verb == "add" and len(devices) < DEVICES_MAX:
        devices.append(DeviceRow(len(devices) + 1, ""))
    elif verb == "remove" and place is not None:
        del devices[place]
    elif verb == "sheet" and place is not None:
        devices[place].policy = starting_sheet(list(map(SecurityFunction, functions)))


def _form(told: Mapping[str, Any], devices: list[DeviceRow]) -> ApplicationForm:
    named = [device for device in devices if device.label or device.policy or len(devices) > 1]
    return ApplicationForm(
        service=SERVICE,
        plan=Plan(told["plan"]) if told["plan"] else None,
        functions=tuple(sorted(map(SecurityFunction, told["functions"]))),
        access_item=AccessItem(told["access_item"]) if told["access_item"] else None,
        operations=told["operations"],
        options=Options(
            retention_years=told["retention_years"] or 1,
            extra_accounts=told["extra_accounts"] or 0,
            monitoring_report=told["monitoring_report"],
            report_meeting=told["report_meeting"],
        ),
        ancillary=tuple(map(AncillaryService, told["ancillary"])),
        devices=tuple(
            Device(label=device.label or _("Device %(number)s") % {"number": number}, policy=device.policy)
            for number, device in enumerate(named, 1)
        ),
        quote=told["quote"],
        wished_start_on=told["wished_start_on"],
        notes=told["notes"],
    )


def _written(policy: dict[str, Any] | None) -> str:
    return json.dumps(policy, ensure_ascii=False, indent=2) if policy else ""
