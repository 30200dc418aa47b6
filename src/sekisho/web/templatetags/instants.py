"""Times on a page: Tokyo time with the weekday, the relative time beside it, and the SLA clock."""

from __future__ import annotations

import datetime as dt

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from sekisho.gateways.clock import now as present
from sekisho.web import tokyo

register = template.Library()

WARNING_SHARE = 0.6
"""A clock turns once, when this share of its time is used (see the register, R028 to R033)."""


@register.simple_tag
def instant(value: dt.datetime | None, detail: str = "") -> SafeString:
    """``<time>`` in Tokyo time. ``detail``: "seconds", "alone" (without the relative time), or both."""
    if value is None:
        return format_html('<span class="quiet">{}</span>', "—")
    shown = tokyo.written(value, seconds="seconds" in detail)
    beside = "" if "alone" in detail else _relative(value)
    shape = '<time class="instant" datetime="{}"><span class="nowrap">{}</span>{}</time>'
    return format_html(shape, value.isoformat(), shown, beside)


@register.simple_tag
def ago(value: dt.datetime) -> SafeString:
    """Only the relative time, with the exact one as its title."""
    words = tokyo.relative(value, present())
    shape = '<time class="nowrap" datetime="{}" title="{}" data-relative>{}</time>'
    return format_html(shape, value.isoformat(), tokyo.written(value), words)


@register.filter
def span(value: dt.timedelta | None) -> str:
    return "—" if value is None else tokyo.duration(value)


@register.filter
def seconds_span(value: float | None) -> str:
    return "—" if value is None else tokyo.duration(dt.timedelta(seconds=value))


@register.inclusion_tag("parts/clock.html")
def clock(started_at: dt.datetime, due_at: dt.datetime, stopped_at: dt.datetime | None = None, state: str = "",
          measures: str = "", shape: str = "") -> dict[str, object]:  # fmt: skip
    """An SLA clock. ``measures`` says what it measures; ``state`` overrides what the times tell ("superseded")."""
    now = present()
    total = (due_at - started_at).total_seconds()
    used = ((stopped_at or now) - started_at).total_seconds()
    told = state or clock_state(started_at, due_at, stopped_at, now)
    return {
        "started_at": started_at, "due_at": due_at, "stopped_at": stopped_at, "state": told, "measures": measures,
        "shape": shape, "left": tokyo.duration(due_at - now), "used": tokyo.duration(dt.timedelta(seconds=used)),
        "total": int(total), "spent": int(min(max(used, 0), total)), "running": told in ("running", "warning"),
        "warns_at": started_at + (due_at - started_at) * WARNING_SHARE, "word": _clock_word(told),
    }  # fmt: skip


def clock_state(started_at: dt.datetime, due_at: dt.datetime, stopped_at: dt.datetime | None, now: dt.datetime) -> str:
    """ "met", "breached", "warning" or "running"; exactly at the deadline is still in time."""
    if stopped_at is not None:
        return "met" if stopped_at <= due_at else "breached"
    if now > due_at:
        return "breached"
    return "warning" if now >= started_at + (due_at - started_at) * WARNING_SHARE else "running"


def _clock_word(state: str) -> str:
    return {
        "running": gettext("left"),
        "warning": gettext("left, near the limit"),
        "met": gettext("kept"),
        "breached": gettext("past the limit"),
        "superseded": gettext("superseded"),
    }.get(state, state)


def _relative(value: dt.datetime) -> SafeString:
    words = tokyo.relative(value, present())
    return format_html(' <span class="relative" data-relative="{}">{}</span>', value.isoformat(), words)
