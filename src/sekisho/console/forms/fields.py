"""Fields of the desk's forms: days, Tokyo times, reasons, yen."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from sekisho.terms.moments import FIRST_DAY, LAST_DAY, TOKYO

REASON_CHARACTERS_MAX = 1_000
TEXT_CHARACTERS_MAX = 4_000
NAME_CHARACTERS_MAX = 200
YEN_MAX = 10**12
MOMENT_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


def day(label: object, help_text: object = "", *, required: bool = False) -> forms.DateField:
    """A day by the browser's own calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=required,
        widget=widget,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )


def moment(label: object, help_text: object = "", *, required: bool = False) -> forms.DateTimeField:
    """A time of Tokyo, which is the platform's own time zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 60}, format=MOMENT_FORMATS[0])
    first, last = (dt.datetime.combine(day, dt.time(), TOKYO) for day in (FIRST_DAY, LAST_DAY))
    return forms.DateTimeField(
        label=label,
        help_text=help_text,
        required=required,
        widget=widget,
        input_formats=MOMENT_FORMATS,
        validators=[MinValueValidator(first), MaxValueValidator(last)],
    )


def text(label: object, help_text: object = "", *, required: bool = False, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=TEXT_CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def line(label: object, help_text: object = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=NAME_CHARACTERS_MAX)


def reason(label: object = "", *, required: bool = True, help_text: object = "") -> forms.CharField:
    return forms.CharField(
        label=label or _("Reason"),
        help_text=help_text,
        required=required,
        max_length=REASON_CHARACTERS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def yen(label: object, help_text: object = "", *, required: bool = True) -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, required=required, min_value=0, max_value=YEN_MAX)


def count(label: object, help_text: object, most: int) -> forms.IntegerField:
    """How many of several; empty: all of them."""
    return forms.IntegerField(label=label, help_text=help_text, required=False, min_value=1, max_value=most)


def ticks(label: object, choices: list[tuple[str, str]], *, required: bool = False) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=required, widget=forms.CheckboxSelectMultiple
    )


class Nothing(forms.Form):
    """An act that asks for nothing but its confirmation."""


class ReasonForm(forms.Form):
    reason = reason()
