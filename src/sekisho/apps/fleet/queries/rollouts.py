"""Rollouts: how far each has come. A rollout is seen by who sees one of its devices, and only those of them."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Count

from sekisho.apps.scope import Scope

from ..models import Rollout, RolloutMember


class MemberCounts(NamedTuple):
    """One wave: how many devices are how far, by the words of ``MemberState``."""

    wave: int
    states: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.states.values())


def rollouts(scope: Scope, limit: int = 50) -> list[Rollout]:
    """The latest rollouts, newest first."""
    return list(_admitted(scope).select_related("started_by").order_by("-started_at", "-pk")[:limit])


def rollout_by_id(scope: Scope, rollout_id: int) -> Rollout | None:
    return _admitted(scope).filter(pk=rollout_id).select_related("started_by").first()


def members_of(scope: Scope, rollout: Rollout) -> list[RolloutMember]:
    """The devices of a rollout, wave by wave."""
    rows = RolloutMember.objects.filter(rollout=rollout).select_related("device", "contract__contractor")
    return list(scope.admit(rows).order_by("wave", "device__device_id"))


def rollout_counts(scope: Scope, rollout: Rollout) -> list[MemberCounts]:
    """Every wave with its counts."""
    rows = scope.admit(RolloutMember.objects.filter(rollout=rollout)).order_by("wave")
    found: dict[int, dict[str, int]] = {}
    for wave, state, count in (
        rows.values_list("wave", "state").annotate(count=Count("pk")).values_list("wave", "state", "count")
    ):
        found.setdefault(wave, {})[state] = count
    return [MemberCounts(wave, states) for wave, states in sorted(found.items())]


def _admitted(scope: Scope):
    rows = Rollout.objects.all()
    members = scope.admit(RolloutMember.objects.all()).values("rollout_id")
    return rows if scope.sees_all else rows.filter(pk__in=members)
