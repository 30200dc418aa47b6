"""Template, contractor, line: documents laid over each other, and which of them said what.

A layer is a part of a policy document. The later layer wins, by these rules:

- a section (``intrusion``, ``url``, ...) is merged setting by setting;
- a list of named things (rules, objects, forwards, ...) is merged by name: the later layer's thing replaces the
  earlier one as a whole and in its place; new ones come before those of earlier layers, because the first match
  decides and the nearer layer knows better; ``{"name": "x", "removed": true}`` takes one away;
- any other value, also a plain list, is replaced as a whole.

So ``merge`` is associative, and an empty layer changes nothing. Rules are sorted by their ``stage`` at the end: with
it a template can begin and end the list of every line. ``locked`` pointers of a layer may not be changed by later ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import msgspec
from msgspec import inspect

from sekisho_wire.policy.model import SecurityPolicy, policy_of
from sekisho_wire.policy.rules import STAGES
from sekisho_wire.policy.shape import shape_problems, type_of
from sekisho_wire.policy.words import PolicyError, Problem, escaped, problem

DEFAULT = "default"
"""The layer of what no layer says."""
LAYERS_MAX = 8
_REMOVED = "removed"


class Layer(msgspec.Struct, frozen=True):
    """A part of a policy, by whom. ``locked``: pointers such as ``/intrusion/failure`` or ``/rules/known-bad``."""

    name: str
    document: dict[str, Any]
    locked: tuple[str, ...] = ()


class Stated(msgspec.Struct, frozen=True):
    """One value of the effective view. ``overridden``: (layer, value) of what earlier layers said, newest first."""

    pointer: str
    value: Any
    layer: str
    overridden: tuple[tuple[str, Any], ...] = ()


class Effective(msgspec.Struct, frozen=True):
    """The policy that applies, and where each of its values comes from. Pointers name things, not their index."""

    policy: SecurityPolicy
    stated: dict[str, Stated]

    def layer_of(self, pointer: str) -> str:
        """The layer that gave the value at a pointer such as ``/rules/web/action``; ``default`` if none did."""
        while pointer:
            if found := self.stated.get(pointer):
                return found.layer
            pointer = pointer.rpartition("/")[0]
        return DEFAULT


def merge(earlier: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Two layers' documents as one, ``later`` winning."""
    return _merged_section(earlier, later, type_of(SecurityPolicy))


def effective(layers: Sequence[Layer]) -> Effective:
    """The view of all layers, first the most general. PolicyError for layers that are none, or break a lock."""
    if found := [*_layer_problems(layers), *_lock_problems(layers)]:
        raise PolicyError(found)
    document: dict[str, Any] = {}
    for layer in layers:
        document = merge(document, layer.document)
    return Effective(policy_of(_finished(document)), _provenance(layers))


def layer_problems(layer: Layer) -> list[Problem]:
    """What is wrong with the shape of one layer; pointers are into its document."""
    whole, removals = _without_removals(layer.document)
    return [*shape_problems(whole, SecurityPolicy, partial=True), *removals, *_twice(layer.document)]


def _layer_problems(layers):
    if len(layers) > LAYERS_MAX:
        yield problem("", f"層は{LAYERS_MAX}までです", f"{len(layers)} layers, limit {LAYERS_MAX}")
    for layer in layers:
        for found in layer_problems(layer):
            yield Problem(f"/{escaped(layer.name)}{found.pointer}", found.words)


def _named_lists(document) -> Iterator[tuple[str, list]]:
    """(pointer, list) of every list of named things in a layer."""
    yield from _named_lists_of(document, type_of(SecurityPolicy), "")


def _named_lists_of(document, kind, pointer):
    for field in kind.fields:
        value = document.get(field.encode_name) if isinstance(document, dict) else None
        at = f"{pointer}/{field.encode_name}"
        if isinstance(field.type, inspect.StructType):
            yield from _named_lists_of(value, field.type, at)
        elif isinstance(value, list) and _is_named_list(field.type):
            yield at, value


def _is_named_list(kind):
    item = kind.item_type if isinstance(kind, inspect.VarTupleType) else None
    return isinstance(item, inspect.StructType) and any(field.encode_name == "name" for field in item.fields)


def _without_removals(document):
    """The document without its removals, for the check of shapes, and what is wrong with the removals."""
    copy = deepcopy(document)  # keeps which keys were written twice
    found = []
    for pointer, items in _named_lists(copy):
        for i, item in enumerate(items):
            if _is_removal(item) and set(item) != {"name", _REMOVED}:
                found.append(
                    problem(f"{pointer}/{i}", "削除には名前だけを書きます", "a removal has a name, nothing else")
                )
        items[:] = [item for item in items if not _is_removal(item)]
    return copy, found


def _twice(document):
    for pointer, items in _named_lists(document):
        names = [item.get("name") for item in items if isinstance(item, dict)]
        for i, name in enumerate(names):
            if name in names[:i]:
                yield problem(f"{pointer}/{i}/name", f"{name!r} が2回あります", f"{name!r} is here twice")


def _is_removal(item):
    return isinstance(item, dict) and item.get(_REMOVED) is True


def _merged_section(earlier, later, kind):
    merged = dict(earlier)
    kinds = {field.encode_name: field.type for field in kind.fields}
    for key, value in later.items():
        merged[key] = _merged(merged[key], value, kinds.get(key)) if key in merged else value
    return merged


def _merged(earlier, later, kind):
    if isinstance(kind, inspect.StructType):
        return _merged_section(earlier, later, kind)
    if kind is not None and _is_named_list(kind):
        return _merged_list(earlier, later)
    return later


def _merged_list(earlier, later):
    said = {item["name"]: item for item in later}
    known = {item["name"] for item in earlier}
    return [*(item for item in later if item["name"] not in known), *(said.get(item["name"], item) for item in earlier)]


def _finished(document):
    """Removals taken out, rules in the order of their stages."""
    whole, _ = _without_removals(document)
    if rules := whole.get("rules"):
        whole["rules"] = sorted(rules, key=lambda rule: STAGES.index(rule.get("stage", "normal")))
    return whole


def _provenance(layers) -> dict[str, Stated]:
    stated: dict[str, Stated] = {}
    for layer in layers:
        for pointer, value in leaves(layer.document):
            earlier = stated.get(pointer)
            overridden = ((earlier.layer, earlier.value), *earlier.overridden) if earlier else ()
            stated[pointer] = Stated(pointer, value, layer.name, overridden)
    return stated


def leaves(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(pointer, value) of what a layer says: settings one by one, named things whole, by their names."""
    yield from _leaves(document, type_of(SecurityPolicy), "")


def _leaves(document, kind, pointer):
    kinds = {field.encode_name: field.type for field in kind.fields}
    for key, value in document.items():
        at, of = f"{pointer}/{escaped(key)}", kinds.get(key)
        if isinstance(of, inspect.StructType):
            yield from _leaves(value, of, at)
        elif of is not None and _is_named_list(of):
            yield from ((f"{at}/{escaped(item['name'])}", item) for item in value)
        else:
            yield at, value


def _lock_problems(layers):
    locked: dict[str, str] = {}
    for layer in layers:
        for pointer, _ in leaves(layer.document) if not layer_problems(layer) else ():
            if lock := next((lock for lock in locked if pointer == lock or pointer.startswith(f"{lock}/")), None):
                owner = locked[lock]
                yield problem(
                    f"/{escaped(layer.name)}{pointer}",
                    f"{owner} が固定した値なので変更できません",
                    f"is locked by {owner} and can't be changed here",
                )
        locked |= {pointer: layer.name for pointer in layer.locked if pointer not in locked}
