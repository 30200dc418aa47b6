"""What a contractor writes on the forms of Arts. 12, 14 and 17, read and checked for shape; terms check the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from sekisho.apps.contracts.forms import ChangeForm
from sekisho.terms.entitlements import ContractFacts
from sekisho.terms.moments import FIRST_DAY, LAST_DAY
from sekisho.terms.plans import ACCESS_WORDS, FUNCTION_WORDS, MATRIX, PLAN_WORDS, AccessItem, Plan, SecurityFunction
from sekisho.terms.versions import LATEST
from sekisho.terms.words import Words

_T = TypeVar("_T")

ADDED_ACCOUNTS_MAX = 50
NOTES_CHARACTERS_MAX = 2_000


class Day(forms.DateField):
    """A day by the browser's own calendar."""

    def __init__(self, *, label: object, help_text: object = "") -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        bounds = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        formats = ["%Y-%m-%d"]
        super().__init__(
            label=label, help_text=help_text, required=False, widget=widget, input_formats=formats, validators=bounds
        )


class EndForm(forms.Form):
    """Art. 17: the day one would like; the terms say whether it is a later one."""

    requested_on = Day(
        label=_("The day on which you would like it to end"),
        help_text=_("Leave it empty for the earliest day that the terms allow."),
    )


class StopForm(EndForm):
    """Art. 12-5: which options, and from when."""

    def __init__(self, data: object, options: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["threads"] = forms.MultipleChoiceField(
            label=_("Options to stop"), choices=list(options), widget=forms.CheckboxSelectMultiple
        )
        self.order_fields(["threads", "requested_on"])


class ChangeRequestForm(forms.Form):
    """Art. 14: the contract as it should be; only what differs is asked for."""

    plan = forms.ChoiceField(label=_("Plan"))
    access_item = forms.ChoiceField(label=_("Access item"))
    functions = forms.MultipleChoiceField(label=_("Security functions"), widget=forms.CheckboxSelectMultiple)
    add_operations = forms.BooleanField(label=_("Add security operations"), required=False)
    add_monitoring_report = forms.BooleanField(label=_("Add the monitoring report"), required=False)
    add_report_meeting = forms.BooleanField(label=_("Add the report meeting"), required=False)
    retention_years = forms.TypedChoiceField(label=_("Logs are kept for"), coerce=int)
    add_accounts = forms.IntegerField(
        label=_("More portal accounts"), min_value=0, max_value=ADDED_ACCOUNTS_MAX, initial=0, required=False
    )
    wished_on = Day(label=_("From which day"), help_text=_("Leave it empty for as soon as possible."))
    notes = forms.CharField(
        label=_("What else we should know"),
        required=False,
        max_length=NOTES_CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, data: object, facts: ContractFacts, language: str) -> None:
        super().__init__(data, initial=_as_it_is(facts))
        self._facts = facts
        self.fields["plan"].choices = _choices(PLAN_WORDS, Plan, language)
        self.fields["access_item"].choices = _choices(ACCESS_WORDS, AccessItem, language)
        offered = sorted({function for offer in MATRIX.values() for function in offer.functions})
        self.fields["functions"].choices = _choices(FUNCTION_WORDS, offered, language)
        longest = LATEST.parameters.log_retention_years_max
        self.fields["retention_years"].choices = [
            (years, Words("{0}年", "{0} years").with_facts(years).in_language(language))
            for years in range(facts.retention_years, longest + 1)
        ]
        for there, field in (
            (facts.operations, "add_operations"),
            (facts.monitoring_report, "add_monitoring_report"),
            (facts.report_meeting, "add_report_meeting"),
        ):
            if there:
                del self.fields[field]

    def change(self) -> ChangeForm:
        """Only what differs from the contract as it is. Call after ``is_valid``."""
        asked, facts = self.cleaned_data, self._facts
        functions = frozenset(map(SecurityFunction, asked["functions"]))
        return ChangeForm(
            plan=_if_other(Plan(asked["plan"]), facts.plan),
            access_item=_if_other(AccessItem(asked["access_item"]), facts.access_item),
            functions=tuple(sorted(functions)) if functions != facts.functions else None,
            add_operations=asked.get("add_operations", False),
            add_monitoring_report=asked.get("add_monitoring_report", False),
            add_report_meeting=asked.get("add_report_meeting", False),
            retention_years=_if_other(asked["retention_years"], facts.retention_years),
            add_accounts=asked["add_accounts"] or 0,
            wished_on=asked["wished_on"],
            notes=asked["notes"],
        )


def _as_it_is(facts: ContractFacts) -> dict[str, object]:
    return {
        "plan": facts.plan.value,
        "access_item": facts.access_item.value,
        "functions": [function.value for function in facts.functions],
        "retention_years": facts.retention_years,
    }


def _choices(words: dict, members: Iterable, language: str) -> list[tuple[str, str]]:
    return [(member.value, words[member].in_language(language)) for member in members]


def _if_other(asked: _T, now: _T) -> _T | None:
    return asked if asked != now else None
