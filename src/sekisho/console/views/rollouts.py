"""Rollouts: what layers say now is brought to many lines, the canaries first; stopped and resumed by people too."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.actions.rollouts import DEVICES_MAX, FAILURES_MAX, WAVE_DEVICES
from sekisho.apps.fleet.models import MemberState, Rollout, SecurityDevice
from sekisho.apps.refusals import Refused

from ..entering import enters_with
from . import asked
from .money.answering import acted

MEMBER_WORDS = {
    MemberState.WAITING: gettext_lazy("Waiting"),
    MemberState.SENT: gettext_lazy("On its way"),
    MemberState.CONFIRMED: gettext_lazy("In force"),
    MemberState.FAILED: gettext_lazy("Failed"),
    MemberState.LEFT_OUT: gettext_lazy("No answer"),
}
MEMBERS_SHOWN_MAX = 500
IDS_CHARACTERS_MAX = 400_000


@dataclass(frozen=True)
class Plan:
    """What somebody is about to start. ``unknown``: ids that are no device here."""

    canaries: list[SecurityDevice]
    devices: list[SecurityDevice]
    unknown: list[str]
    wave_size: int
    failures_max: int

    @property
    def waves(self) -> int:
        """How many there will be, the canaries' not counted."""
        return -(-len(self.devices) // self.wave_size)


@require_safe
@enters_with("policies.view")
def rollouts(request: HttpRequest) -> HttpResponse:
    return _list(request, None)


@require_POST
@enters_with("policies.publish")
def prepare(request: HttpRequest) -> HttpResponse:
    """What the rollout would do, before anybody has started it."""
    return _list(request, _plan(request))


@require_POST
@enters_with("policies.publish")
def start(request: HttpRequest) -> HttpResponse:
    plan = _plan(request)
    try:
        begun = actions.start_rollout(
            request.user,
            title=asked.text(request, "title"),
            devices=plan.devices,
            canaries=plan.canaries,
            why=asked.text(request, "why"),
            ticket=asked.text(request, "ticket"),
            wave_size=plan.wave_size,
            failures_max=plan.failures_max,
        )
    except Refused as refused:
        messages.error(request, asked.refusal(refused))
        return _list(request, plan)
    messages.success(request, _("The rollout has begun with its first lines."))
    return redirect("console:rollout", begun.pk)


@require_safe
@enters_with("policies.view")
def rollout(request: HttpRequest, rollout_id: int) -> HttpResponse:
    """How far it has come: every wave, and every line of it."""
    found = _rollout_or_404(request, rollout_id)
    counts = queries.rollout_counts(request.scope, found)
    members = queries.members_of(request.scope, found)
    page = {
        "place": "fleet",
        "tab": "rollouts",
        "rollout": found,
        "waves": [_wave(one) for one in counts],
        "done": sum(one.states.get(MemberState.CONFIRMED, 0) for one in counts),
        "total": sum(one.total for one in counts),
        "members": [(member, MEMBER_WORDS[MemberState(member.state)]) for member in members[:MEMBERS_SHOWN_MAX]],
        "more": max(0, len(members) - MEMBERS_SHOWN_MAX),
        "may_publish": allowed(request.user, "policies.publish"),
    }
    return render(request, "console/rollout.html", page)


@require_POST
@enters_with("policies.publish")
def stop(request: HttpRequest, rollout_id: int) -> HttpResponse:
    found, why = _rollout_or_404(request, rollout_id), asked.text(request, "why")
    return acted(
        request,
        lambda: actions.stop_rollout(request.user, rollout=found, why=why),
        _("It is stopped. Lines that have the new policy keep it."),
        "console:rollout",
        rollout_id,
    )


@require_POST
@enters_with("policies.publish")
def resume(request: HttpRequest, rollout_id: int) -> HttpResponse:
    found, why = _rollout_or_404(request, rollout_id), asked.text(request, "why")
    return acted(
        request,
        lambda: actions.resume_rollout(request.user, rollout=found, why=why),
        _("It goes on where it stopped."),
        "console:rollout",
        rollout_id,
    )


def _list(request: HttpRequest, plan: Plan | None) -> HttpResponse:
    page = {
        "place": "fleet",
        "tab": "rollouts",
        "rollouts": queries.rollouts(request.scope),
        "plan": plan,
        "typed": request.POST,
        "templates": queries.templates(request.scope),
        "wave_size": WAVE_DEVICES,
        "failures_max": FAILURES_MAX,
        "may_publish": allowed(request.user, "policies.publish"),
    }
    return render(request, "console/rollouts.html", page)


def _plan(request: HttpRequest) -> Plan:
    template = asked.whole_number(request.POST.get("template"))
    canaries, unknown = _named(request, "canaries")
    devices, unknown_too = _named(request, "devices")
    if template is not None:
        devices = queries.devices_with_template(request.scope, template)
    first = {device.pk for device in canaries}
    return Plan(
        canaries,
        [device for device in devices if device.pk not in first],
        [*unknown, *unknown_too],
        max(1, asked.whole_number(request.POST.get("wave_size")) or WAVE_DEVICES),
        asked.whole_number(request.POST.get("failures_max")) or 0,
    )


def _named(request: HttpRequest, name: str) -> tuple[list[SecurityDevice], list[str]]:
    """(devices, ids that are none) of a field with ids."""
    ids = request.POST.get(name, "")[:IDS_CHARACTERS_MAX].replace(",", " ").split()[:DEVICES_MAX]
    found = queries.devices_by_ids(request.scope, ids)
    known = {device.device_id for device in found}
    return found, [one for one in ids if one not in known]


def _wave(counts: queries.MemberCounts):
    """(wave, total, [(state, word, count)]) in the order of a device's way."""
    states = [(state, MEMBER_WORDS[state], counts.states[state]) for state in MemberState if counts.states.get(state)]
    return counts.wave, counts.total, states


def _rollout_or_404(request: HttpRequest, rollout_id: int) -> Rollout:
    found = queries.rollout_by_id(request.scope, rollout_id)
    if found is None:
        raise Http404
    return found
