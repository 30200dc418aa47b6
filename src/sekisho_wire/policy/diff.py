"""What changed between two policies, by meaning: what engines would not notice is no change.

``diff`` gives changes in the order in which ``apply`` carries them out: renames, removals, additions and moves,
changes of settings. Renaming an object renames it in every rule, and none of those rules counts as changed.
Works on ``canonical`` contents: ``apply(diff(a, b), canonical(a)) == canonical(b)``.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from sekisho_wire.policy.canonical import ORDERED, canonical
from sekisho_wire.policy.model import SecurityPolicy
from sekisho_wire.policy.references import REFERRED, rename

Kind = Literal["renamed", "removed", "added", "moved", "changed"]
_LABELS = frozenset({"name", "title"})


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change. ``section`` is a dotted path such as ``rules`` or ``intrusion``; ``name`` the thing's name in it.

    ``before`` and ``after`` are the whole thing for things with names, the setting's value else (``field`` then is
    the setting). ``behind`` is the thing that it now stands behind, None at the top: for added and moved ones.
    """

    kind: Kind
    section: str
    name: str = ""
    field: str = ""
    before: Any = None
    after: Any = None
    behind: str | None = None


def diff(a: SecurityPolicy, b: SecurityPolicy) -> list[Change]:
    """The changes from ``a`` to ``b``; empty when they mean the same."""
    old, new = canonical(a), canonical(b)
    renames = list(_renames(old, new))
    old = apply(renames, old)
    return [*renames, *_section_changes("", old, new)]


def apply(changes: Sequence[Change], content: dict[str, Any]) -> dict[str, Any]:
    """The content after the changes. They must have come from a ``diff`` that began with this content."""
    content = msgspec.json.decode(msgspec.json.encode(content))
    for change in changes:
        if change.kind == "renamed" and change.section in REFERRED:
            content = rename(content, change.section, change.name, change.after)
        elif change.field:
            _set(_at(content, change.section), change.field, change.after)
        else:
            _apply_to_list(content, change)
    return _tidy(content)


def _renames(old, new) -> Iterator[Change]:
    """Things that only have another name now. A group of renamed things is seen in the next round."""
    while found := list(_renames_in(old, new)):
        yield from found
        for change in found:
            old = rename(old, change.section, change.name, change.after)
        old = _tidy(old)


def _renames_in(old, new):
    for section in REFERRED:
        before, after = _by_name(old.get(section, [])), _by_name(new.get(section, []))
        come = {_body(item): name for name, item in after.items() if name not in before}
        for name, item in before.items():
            now = come.pop(_body(item), None) if name not in after else None
            if now is not None:
                yield Change("renamed", section, name, before=name, after=now)


def _body(item):
    return msgspec.json.encode({key: value for key, value in item.items() if key not in _LABELS}, order="sorted")


def _section_changes(path, old, new) -> Iterator[Change]:
    for key in sorted({*old, *new}):
        before, after, at = old.get(key), new.get(key), f"{path}.{key}".removeprefix(".")
        if before == after:
            continue
        if isinstance(before or after, dict):
            yield from _section_changes(at, before or {}, after or {})
        elif _has_names(before or after):
            yield from _list_changes(at, before or [], after or [], ordered=key in ORDERED)
        else:
            yield Change("changed", path, field=key, before=before, after=after)


def _has_names(value):
    # Application rules may repeat a name, for other addresses: such a list changes as a whole.
    named = isinstance(value, list) and all(isinstance(item, dict) and "name" in item for item in value)
    return bool(value) and named and len(_by_name(value)) == len(value)


def _list_changes(section, before, after, *, ordered) -> Iterator[Change]:
    if not (_has_names(before or after) and _has_names(after or before)):
        path, _, field = section.rpartition(".")
        yield Change("changed", path, field=field, before=before or None, after=after or None)
        return
    old, new = _by_name(before), _by_name(after)
    common = [name for name in old if name in new]
    staying = _longest_rising(common, {name: i for i, name in enumerate(new)}) if ordered else set(common)
    yield from (Change("removed", section, name, before=item) for name, item in old.items() if name not in new)
    behind = None
    for name, item in new.items():
        if name not in old:
            yield Change("added", section, name, after=item, behind=behind)
        elif name not in staying:
            yield Change("moved", section, name, behind=behind)
        behind = name
    for name in common:
        if old[name] != new[name]:
            yield Change("changed", section, name, before=old[name], after=new[name])


def _by_name(items):
    return {item["name"]: item for item in items}


def _longest_rising(names, rank):
    """The most names that can stay where they are; the others have moved."""
    best: list[tuple[int, int | None]] = []
    tails: list[int] = []
    for i, name in enumerate(names):
        at = bisect.bisect_left(tails, rank[name], key=lambda j: rank[names[j]])
        best.append((i, tails[at - 1] if at else None))
        tails[at : at + 1] = [i]
    kept: set[str] = set()
    at = tails[-1] if tails else None
    while at is not None:
        kept.add(names[at])
        at = best[at][1]
    return kept


def _apply_to_list(content, change):
    parent, _, key = change.section.rpartition(".")
    items = _at(content, parent).setdefault(key, [])
    at = next((i for i, item in enumerate(items) if item["name"] == change.name), None)
    if change.kind == "changed":
        items[at] = change.after
        return
    item = items.pop(at) if at is not None else None
    if change.kind == "removed":
        return
    ahead = next((i for i, entry in enumerate(items) if entry["name"] == change.behind), -1)
    items.insert(ahead + 1, change.after if change.kind == "added" else item)


def _at(content, path):
    for key in filter(None, path.split(".")):
        content = content.setdefault(key, {})
    return content


def _set(section, field, value):
    section.pop(field, None)
    if value is not None:
        section[field] = value


def _tidy(content):
    """Nothing that says nothing, and lists without order in the order of their names."""
    whole = {}
    for key, value in content.items():
        entry = _tidy(value) if isinstance(value, dict) else value
        if key not in ORDERED and _has_names(entry) and not isinstance(entry, dict):
            entry = sorted(entry, key=lambda item: item["name"])
        if entry not in ([], {}):
            whole[key] = entry
    return whole
