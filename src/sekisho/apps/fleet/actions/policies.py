"""Layers of policy and their publication. What can't be enforced, or isn't bought, is refused with every reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from msgspec.structs import replace

from sekisho.apps.accounts.models import Organisation, Person
from sekisho.apps.accounts.permissions import require
from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.apps.turns import take_turn
from sekisho.gateways import clock
from sekisho_wire.desired import SIGNED_BYTES_MAX
from sekisho_wire.policy import Powers, Problem, SecurityPolicy, problems, write_policy
from sekisho_wire.policy.canonical import content_hash
from sekisho_wire.policy.overlay import Layer, layer_problems
from sekisho_wire.policy.revision import WHY_CHARS_MAX

from ..models import (
    DeviceState,
    LayerKind,
    LayerRevision,
    PolicyLayer,
    PolicyRevision,
    SecurityDevice,
)
from ..powers import reduced
from ..queries import effective_policy, layers_of, powers_on
from .handing_over import want_policy
from .signing import packed

TICKET_CHARS_MAX = 100
NAME_CHARS_MAX = 100
PROBLEMS_SHOWN_MAX = 5
PACKED_BYTES_MAX = SIGNED_BYTES_MAX - 2_000


class PolicyRefused(Refused):
    """A policy that can't be published; ``problems`` has every reason with its place."""

    def __init__(self, found: Sequence[Problem]) -> None:
        shown = found[:PROBLEMS_SHOWN_MAX]
        more = len(found) - len(shown)
        ja = "、".join(f"{one.place}: {one.words.ja}" for one in shown) + (f"、ほか{more}件" if more else "")
        en = "; ".join(f"{one.place}: {one.words.en}" for one in shown) + (f"; and {more} more" if more else "")
        super().__init__("policy.problems", f"ポリシーに問題があります。{ja}", f"The policy has problems. {en}")
        self.problems = tuple(found)


@transaction.atomic
def add_template(actor: Person, *, name: str) -> PolicyLayer:
    """A template that devices can be given. Needs a scope of all contracts."""
    require(actor, "policies.template")
    return _add_template(actor, name)


@transaction.atomic
def lay_template(actor: Actor, *, name: str, document: dict[str, Any], why: str) -> PolicyLayer:
    """A template with its first revision, for a part of the platform that sets things up by itself."""
    layer = _add_template(actor, name)
    lay(actor, layer=layer, document=document, why=why)
    return layer


def _add_template(actor: Actor, name: str) -> PolicyLayer:
    name = name.strip()[:NAME_CHARS_MAX]
    if not name or PolicyLayer.objects.filter(kind=LayerKind.TEMPLATE, name=name).exists():
        raise Refused("template.name", "この名前は使えません。", "This name is empty or taken.")
    layer = PolicyLayer.objects.create(kind=LayerKind.TEMPLATE, name=name)
    record(actor, act="fleet.add_template", object=f"layer:{layer.pk}", details={"name": name})
    return layer


def contractor_layer(actor: Actor, *, organisation: Organisation) -> PolicyLayer:
    """The layer of a contractor, made when it is asked for first."""
    layer, made = PolicyLayer.objects.get_or_create(
        kind=LayerKind.CONTRACTOR, organisation=organisation, defaults={"name": f"organisation:{organisation.pk}"}
    )
    if made:
        record(actor, act="fleet.add_layer", object=f"layer:{layer.pk}", details={"kind": layer.kind})
    return layer


def line_layer(actor: Actor, *, device: SecurityDevice) -> PolicyLayer:
    """The layer of one line, made when it is asked for first."""
    layer, made = PolicyLayer.objects.get_or_create(
        kind=LayerKind.LINE, device=device, defaults={"name": device.device_id, "contract_id": device.contract_id}
    )
    if made:
        details = {"kind": layer.kind, "device": device.device_id}
        record(
            actor, act="fleet.add_layer", object=f"layer:{layer.pk}", contract_id=device.contract_id, details=details
        )
    return layer


@transaction.atomic
def use_template(actor: Person, *, device: SecurityDevice, template: PolicyLayer | None) -> SecurityDevice:
    """From now on the device's policy begins with this template; nothing is published by that."""
    require(actor, "policies.edit")
    return give_template(actor, device=device, template=template)


def give_template(actor: Actor, *, device: SecurityDevice, template: PolicyLayer | None) -> SecurityDevice:
    """As ``use_template``, for a part of the platform that acts by itself."""
    if template is not None and template.kind != LayerKind.TEMPLATE:
        raise Refused("template.kind", "これはテンプレートではありません。", "This layer is no template.")
    device.template = template
    device.save(update_fields=("template",))
    _record(actor, "fleet.use_template", device, {"template": template.pk if template else None})
    return device


@transaction.atomic
def write_layer(
    actor: Person, *, layer: PolicyLayer, document: dict[str, Any], locked: Sequence[str] = (), why: str,
    ticket: str = "",
) -> LayerRevision:  # fmt: skip
    """A new revision of a layer, kept for ever. Nothing is published by that.

    Refused: ``policy.why`` without a reason, ``policy.problems`` for a document that is none.
    """
    require(actor, "policies.template" if layer.kind != LayerKind.LINE else "policies.edit")
    return lay(actor, layer=layer, document=document, locked=locked, why=why, ticket=ticket)


@transaction.atomic
def lay(
    actor: Actor, *, layer: PolicyLayer, document: dict[str, Any], locked: Sequence[str] = (), why: str,
    ticket: str = "",
) -> LayerRevision:  # fmt: skip
    """As ``write_layer``, for a part of the platform that acts by itself."""
    if wrong := layer_problems(Layer(str(layer), document, tuple(locked))):
        raise PolicyRefused(wrong)
    why, ticket = _words(why, ticket)
    take_turn("policy layer", layer.pk)
    last = LayerRevision.objects.filter(layer=layer).order_by("-number").first()
    row = LayerRevision.objects.create(
        layer=layer,
        contract_id=layer.contract_id,
        number=last.number + 1 if last else 1,
        document=document,
        locked=list(locked),
        at=clock.now(),
        who_id=actor.pk,
        who_name=_name(actor),
        why=why,
        ticket=ticket,
    )
    record(
        actor,
        act="fleet.write_layer",
        object=f"layer:{layer.pk}",
        contract_id=layer.contract_id,
        details={"number": row.number},
    )
    return row


@transaction.atomic
def publish_policy(
    actor: Person, *, device: SecurityDevice, why: str, ticket: str = "", acting_as: str = "staff"
) -> PolicyRevision:
    """What the layers come to now becomes the device's next revision, and is on its way to the box.

    Refused: ``policy.why``; ``policy.problems`` (all of them: not in the plan, not on this box, not enforceable,
    locked); ``policy.unchanged`` when it means what is published already.
    """
    require(actor, "policies.publish")
    return publish_as(actor, device=device, why=why, ticket=ticket, acting_as=acting_as)


@transaction.atomic
def publish_as(
    actor: Actor, *, device: SecurityDevice, why: str, ticket: str = "", acting_as: str = "system"
) -> PolicyRevision:
    """As ``publish_policy``, for a part of the platform that acts by itself, such as a rollout."""
    device = _in_turn(device)
    draft = effective_policy(current(), device)
    if draft.problems or draft.policy is None:
        raise PolicyRefused(draft.problems)
    layers = [{"layer": v.layer.pk, "number": v.revision.number} for v in layers_of(current(), device) if v.revision]
    return _publish(actor, device, draft.policy, layers, (why, ticket, acting_as))


@transaction.atomic
def publish_again(actor: Person, *, device: SecurityDevice, revision: PolicyRevision, why: str, ticket: str = ""):
    """Back to what an earlier revision said, as a new revision; the layers stay as they are.

    Refused as ``publish_policy``, because the plan or the box may be another one by now.
    """
    require(actor, "policies.publish")
    device = _in_turn(device)
    if revision.device_id != device.pk:
        raise Refused("policy.other_device", "別の装置のポリシーです。", "This is another device's policy.")
    if wrong := problems(revision.policy, powers_on(current(), device)):
        raise PolicyRefused(wrong)
    return _publish(actor, device, revision.policy, revision.layers, (why, ticket, "staff"))


@transaction.atomic
def publish_within(actor: Actor, *, device: SecurityDevice, powers: Powers, why: str) -> PolicyRevision | None:
    """What people last published for the device, as far as these powers go; None when that is what it has already.

    For who follows the contract: what it leaves out is switched off, what it includes again comes back.
    """
    device = _in_turn(device)
    by_people = PolicyRevision.objects.filter(device=device).exclude(who_name=actor.name).order_by("-number").first()
    last = PolicyRevision.objects.filter(device=device).order_by("-number").first()
    if by_people is None or last is None:
        return None
    policy = reduced(by_people.policy, powers)
    if content_hash(policy) == last.content:
        return None
    return _publish(actor, device, policy, by_people.layers, (why, "", "system"))


def _publish(actor, device, policy: SecurityPolicy, layers, said: tuple[str, str, str]) -> PolicyRevision:
    why, ticket = _words(*said[:2])
    last = PolicyRevision.objects.filter(device=device).order_by("-number").first()
    content = content_hash(policy)
    if last is not None and last.content == content:
        raise Refused("policy.unchanged", "公開済みのポリシーと同じ内容です。", "This is what is published already.")
    policy = replace(policy, revision=last.number + 1 if last else 1)
    document = write_policy(policy)
    if len(packed(document)) > PACKED_BYTES_MAX:
        raise Refused("policy.too_large", "ポリシーが大きすぎます。", "The policy is too large to be delivered.")
    row = PolicyRevision.objects.create(
        device=device,
        contract_id=device.contract_id,
        number=policy.revision,
        content=content,
        previous=last.content if last else "",
        document=document,
        layers=layers,
        at=clock.now(),
        who_id=actor.pk,
        who_name=_name(actor),
        acting_as=said[2],
        why=why,
        ticket=ticket,
    )
    _record(actor, "fleet.publish_policy", device, {"revision": row.number, "content": content})
    want_policy(device, row.number)
    return row


def _in_turn(device: SecurityDevice) -> SecurityDevice:
    """The device as it is now, and nobody else publishes to it until this transaction ends."""
    take_turn("policy", device.pk)
    device = SecurityDevice.objects.select_related("contract").get(pk=device.pk)
    if device.state == DeviceState.RETIRED:
        raise Refused("device.retired", "この装置は使用を終了しています。", "This device is retired.")
    return device


def _words(why: str, ticket: str) -> tuple[str, str]:
    why = why.replace("\0", "").strip()[:WHY_CHARS_MAX]
    if not why:
        raise Refused("policy.why", "理由を書いてください。", "Say why.")
    return why, ticket.replace("\0", "").strip()[:TICKET_CHARS_MAX]


def _name(actor: Actor) -> str:
    """A part of the platform by its name, a person by key: these rows are for ever."""
    return actor.name if actor.pk is None else f"person:{actor.pk}"


def _record(actor: Actor, act: str, device: SecurityDevice, details: dict) -> None:
    record(actor, act=act, object=f"device:{device.device_id}", contract_id=device.contract_id, details=details)
