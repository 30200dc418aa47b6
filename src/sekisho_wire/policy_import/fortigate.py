"""A FortiGate's configuration -> a policy document and the list of what was left.

Reads ``firewall policy``, ``address``, ``addrgrp``, ``service custom`` and ``group``, ``schedule``, ``vip``,
``ippool`` and the interfaces. Everything else is listed table by table. ImportFailed if there is no rule at all.
"""

from __future__ import annotations

from collections.abc import Callable

from sekisho_wire.policy.model import SCHEMA
from sekisho_wire.policy.words import Words
from sekisho_wire.policy_import import fortigate_objects as objects
from sekisho_wire.policy_import.carried import (
    EXPORT_BYTES_MAX,
    CannotCarry,
    Imported,
    ImportFailed,
    Left,
    shown,
    title,
    without_empty,
)
from sekisho_wire.policy_import.fortigate_rules import Context, carry_rule, finish_nat
from sekisho_wire.policy_import.fortigate_services import PREDEFINED
from sekisho_wire.policy_import.fortigate_text import Entry, Table, read_tables

LABELS = frozenset(
    {"uuid", "color", "snmp-index", "vdom", "type", "comment", "comments", "allow-routing", "category", "visibility"}
)
"""Settings that mean nothing to traffic as our model sees it."""
_POLICIES = "firewall policy"


def import_fortigate(text: bytes) -> Imported:
    """The policy of an export, with everything that was not carried over."""
    if len(text) > EXPORT_BYTES_MAX:
        raise ImportFailed(f"{len(text)} bytes, limit {EXPORT_BYTES_MAX}")
    tables, stray = read_tables(text.decode("utf-8", errors="replace"))
    if not any(table.path == _POLICIES and table.entries for table in tables):
        raise ImportFailed("no 'config firewall policy' with a rule in it")
    return _Import(tables, stray).result()


class _Import:
    """One run: what was carried so far, by the names of the export."""

    def __init__(self, tables: list[Table], stray) -> None:
        self.tables = tables
        self.left = [Left(line.line, shown(line.text), _NO_TABLE) for line in stray]
        self.context = Context()

    def result(self) -> Imported:
        self._each("system interface", self._interface)
        self._each("system zone", self._system_zone)
        self._each("firewall address", self._address)
        self._groups("firewall addrgrp", self.context.addresses, "addresses")
        self._each("firewall service custom", self._service)
        self._groups("firewall service group", self.context.services, "services")
        self._each("firewall schedule recurring", lambda entry: self._schedule(entry, objects.recurring(entry)))
        self._each("firewall schedule onetime", lambda entry: self._schedule(entry, objects.onetime(entry)))
        self._each("firewall schedule group", self._schedule_group)
        self._each("firewall vip", self._vip)
        self._each("firewall ippool", self._pool)
        self._each(_POLICIES, lambda entry: carry_rule(entry, self.context))
        for entry, words in finish_nat(self.context):
            self._leave(entry, words)
        self._report_untaken()
        left = sorted({(item.line, item.text, item.words.en): item for item in self.left}.values(), key=_line)
        return Imported(self.context.document(SCHEMA), tuple(left), self.context.titles())

    def _each(self, path: str, carry: Callable[[Entry], object]):
        for table in self.tables:
            for entry in table.entries if table.path == path else ():
                try:
                    carry(entry)
                except CannotCarry as error:
                    self._leave(entry, error.words)

    def _leave(self, entry, words):
        for setting in entry.settings.values():
            setting.taken = True
        self.left.append(Left(entry.line, shown(f"edit {entry.name}"), words, "lost", entry.last))

    def _interface(self, entry):
        if entry.one("status") == "down":
            raise CannotCarry("停止しているインターフェースです", "the interface is down")
        name = self.context.names["zones"].of(entry.name)
        self.context.add_zone(entry.name, objects.interface(entry, name))

    def _system_zone(self, entry):
        self.context.members[entry.name] = entry.take("interface")

    def _named(self, section, entry, **parts):
        name = self.context.names[section].of(entry.name)
        called = {"title": title(entry.name) if name != entry.name else ""}
        return without_empty({"name": name, **parts, **called, "comment": title(entry.one("comment"))})

    def _address(self, entry):
        if entry.name in objects.PREDEFINED_ADDRESSES:
            entry.take("subnet")
            return
        found = objects.address(entry)
        if found == ["0.0.0.0/0"] and entry.name == "none":
            raise CannotCarry("「なし」を表すアドレスです", "it stands for no address")
        self.context.addresses[entry.name] = self._named("addresses", entry, entries=found)

    def _service(self, entry):
        if entry.name in ("ALL",):
            entry.take("protocol")
            return
        self.context.services[entry.name] = self._named("services", entry, entries=objects.service(entry))

    def _groups(self, path, carried, section):
        """Groups may come in any order, and contain groups: carry those whose members are known until none is."""
        waiting = [entry for table in self.tables if table.path == path for entry in table.entries]
        while waiting:
            ready = [entry for entry in waiting if set(entry.take("member")) <= self._known(carried, section)]
            for entry in ready or waiting:
                try:
                    members = objects.group_members(entry, self._known(carried, section))
                    ours = [self.context.reference(section, member) for member in members]
                    carried[entry.name] = self._named(section, entry, entries=ours)
                except CannotCarry as error:
                    self._leave(entry, error.words)
            waiting = [entry for entry in waiting if entry not in ready] if ready else []

    def _known(self, carried, section):
        return {*carried, *(PREDEFINED if section == "services" else ())} - {"ALL"}

    def _schedule(self, entry, times):
        if entry.name in ("always", "none"):
            return
        self.context.schedules[entry.name] = self._named("schedules", entry, **times)

    def _schedule_group(self, entry):
        members = entry.take("member")
        if missing := [member for member in members if member not in self.context.schedules]:
            raise CannotCarry(f"{missing[0]} を移せませんでした", f"its member {missing[0]} was not carried over")
        parts = [self.context.schedules[member] for member in members]
        times = {kind: [time for part in parts for time in part.get(kind, [])] for kind in ("weekly", "once")}
        self.context.schedules[entry.name] = self._named("schedules", entry, **times)

    def _vip(self, entry):
        entry.taken = True
        self.context.vips[entry.name] = entry

    def _pool(self, entry):
        if (kind := entry.one("type", "overload")) != "overload":
            raise CannotCarry(f"種別 {kind} のプールは持てません", f"a pool of type {kind} can't be said here")
        self.context.pools[entry.name] = f"{entry.one('startip')}-{entry.one('endip')}"

    def _report_untaken(self):
        for table in self.tables:
            if not any(entry.taken for entry in table.entries):
                if table.path not in ("vdom", "global"):
                    self.left.append(Left(table.line, shown(f"config {table.path}"), _NOT_READ, "lost", table.last))
                continue
            for entry in table.entries:
                self.left.extend(_untaken(entry))
        self.left.extend(self.context.remarks)


def _untaken(entry):
    for setting in entry.settings.values():
        if not setting.taken:
            label = setting.key in LABELS
            yield Left(setting.line, shown(setting.text), _LABEL if label else _UNKNOWN, "label" if label else "lost")
    for table in entry.tables:
        yield Left(table.line, shown(f"config {table.path}"), _NOT_READ, "lost", table.last)


def _line(left):
    return left.line


_NO_TABLE = Words("表の外にある行です", "stands outside of every table")
_NOT_READ = Words("この表は移しません", "this table is not carried over")
_UNKNOWN = Words("この設定は移しません", "this setting is not carried over")
_LABEL = Words("通信に影響しない設定です", "means nothing to traffic")
