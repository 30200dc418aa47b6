"""Layers, what they come to for a device, what a change would do, and everything that was ever published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, Subquery
from msgspec.structs import replace

from sekisho.apps.contracts.models import Contract
from sekisho.apps.scope import Scope
from sekisho_wire.policy import SCHEMA, PolicyError, Powers, Problem, SecurityPolicy, problems
from sekisho_wire.policy.diff import Change, diff
from sekisho_wire.policy.overlay import Effective, Layer, effective

from ..models import DeviceStatus, LayerKind, LayerRevision, PolicyLayer, PolicyRevision, SecurityDevice
from .devices import powers_of

BASE = "document"
"""The layer of what only makes the document one: its schema and its number. No page need show it."""


class LayerView(NamedTuple):
    """A layer and its newest revision; ``revision`` None: nobody has written anything into it yet."""

    layer: PolicyLayer
    revision: LayerRevision | None


class PolicyDraft(NamedTuple):
    """What the layers would come to. ``problems``: all reasons why it can't be published; empty when it can.

    ``effective`` is None where the layers don't even make a document. ``changes`` is against the last published
    revision, or None where there is none to compare with.
    """

    effective: Effective | None
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...] | None

    @property
    def policy(self) -> SecurityPolicy | None:
        return self.effective.policy if self.effective else None


def templates(scope: Scope) -> list[PolicyLayer]:
    """Every template; whoever may read layers may read all of them."""
    return list(PolicyLayer.objects.filter(kind=LayerKind.TEMPLATE).order_by("name"))


def layer_by_id(scope: Scope, layer_id: int) -> PolicyLayer | None:
    rows = PolicyLayer.objects.select_related("organisation", "device").filter(pk=layer_id)
    return _admitted(scope, rows).first()


def layers_of(scope: Scope, device: SecurityDevice) -> list[LayerView]:
    """The layers of a device with what they say now, the most general first; layers that nobody made are left out."""
    if device.contract_id not in scope:
        return []
    own = Q(kind=LayerKind.LINE, device=device)
    above = Q(kind=LayerKind.CONTRACTOR, organisation_id=device.contract.contractor_id)
    rows = _admitted(scope, PolicyLayer.objects.filter(own | above | Q(pk=device.template_id)))
    found = {LayerKind(row.kind): row for row in rows.select_related("organisation")}
    newest = _newest(found.values())
    return [LayerView(found[kind], newest.get(found[kind].pk)) for kind in LayerKind if kind in found]


def layer_revisions(scope: Scope, layer: PolicyLayer) -> list[LayerRevision]:
    """Every revision of a layer, newest first."""
    if not _admitted(scope, PolicyLayer.objects.filter(pk=layer.pk)).exists():
        return []
    return list(LayerRevision.objects.select_related("who").filter(layer=layer).order_by("-number"))


def effective_policy(scope: Scope, device: SecurityDevice) -> PolicyDraft:
    """What the layers come to now, with every problem, and what publishing it would change."""
    return _draft(scope, device, layers_of(scope, device))


def draft_policy(
    scope: Scope, device: SecurityDevice, layer: PolicyLayer, document: dict[str, Any], locked: Sequence[str] = ()
) -> PolicyDraft:
    """The same as if ``layer`` already said ``document``: what an editor shows before anybody saves."""
    views = {LayerKind(view.layer.kind): view for view in layers_of(scope, device)}
    words = LayerRevision(layer=layer, number=0, document=document, locked=list(locked))
    views[LayerKind(layer.kind)] = LayerView(layer, words)
    return _draft(scope, device, [views[kind] for kind in LayerKind if kind in views])


def powers_on(scope: Scope, device: SecurityDevice) -> Powers:
    """What the plan includes and, once the box has said so, what the box itself can enforce."""
    powers = powers_of(scope, device).powers
    said = scope.admit(DeviceStatus.objects.filter(device=device)).values_list("features", flat=True).first()
    return replace(powers, features=frozenset(said)) if said else powers


def revisions_of(scope: Scope, device: SecurityDevice, limit: int = 100) -> list[PolicyRevision]:
    """What was published to the device, newest first; documents are left for ``revision_by_number``."""
    rows = scope.admit(PolicyRevision.objects.filter(device=device).select_related("who"))
    return list(rows.defer("document").order_by("-number")[:limit])


def revision_by_number(scope: Scope, device: SecurityDevice, revision: int) -> PolicyRevision | None:
    rows = PolicyRevision.objects.filter(device=device, number=revision).select_related("who", "device")
    return scope.admit(rows).first()


def _draft(scope: Scope, device: SecurityDevice, views: Sequence[LayerView]) -> PolicyDraft:
    last = scope.admit(PolicyRevision.objects.filter(device=device)).order_by("-number").first()
    number = last.number + 1 if last else 1
    base = Layer(BASE, {"schema": SCHEMA, "revision": number})
    said = [Layer(str(v.layer), v.revision.document, tuple(v.revision.locked)) for v in views if v.revision]
    try:
        found = effective([base, *said])
    except PolicyError as error:
        return PolicyDraft(None, error.problems, None)
    wrong = tuple(problems(found.policy, powers_on(scope, device)))
    # Contents of policies with problems have no one writing, so there is nothing to compare.
    changes = tuple(diff(last.policy, found.policy)) if last and not wrong else None
    return PolicyDraft(found, wrong, changes)


def _newest(layers) -> dict[int, LayerRevision]:
    keys = [layer.pk for layer in layers]
    newest = LayerRevision.objects.filter(layer=OuterRef("layer")).order_by("-number").values("pk")[:1]
    rows = LayerRevision.objects.filter(layer__in=keys, pk=Subquery(newest)).select_related("who")
    return {row.layer_id: row for row in rows}


def _admitted(scope: Scope, rows):
    """Templates are everybody's, a contractor's layer belongs to who sees one of its contracts, a line's to its own."""
    if scope.sees_all:
        return rows
    contracts = scope.admit(Contract.objects.all(), "id")
    ours = Q(organisation__in=contracts.values("contractor_id")) | Q(contract__in=contracts.values("pk"))
    return rows.filter(Q(kind=LayerKind.TEMPLATE) | ours)
