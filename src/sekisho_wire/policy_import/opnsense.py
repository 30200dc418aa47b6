"""An OPNsense ``config.xml`` -> a policy document and the list of what was left.

Reads interfaces, aliases, schedules, filter rules in both writings, forwards and outbound NAT. Floating rules come
first, as they do there. Everything else is listed element by element with its line.
"""

from __future__ import annotations

from collections.abc import Callable

from sekisho_wire.policy.model import SCHEMA
from sekisho_wire.policy.words import Words
from sekisho_wire.policy_import.carried import (
    EXPORT_BYTES_MAX,
    CannotCarry,
    Imported,
    ImportFailed,
    Left,
    shown,
    without_empty,
)
from sekisho_wire.policy_import.opnsense_objects import Known, carry_alias, carry_interface, carry_schedule
from sekisho_wire.policy_import.opnsense_rules import (
    carry_filter_rule,
    carry_forward,
    carry_model_rule,
    carry_outbound,
)
from sekisho_wire.policy_import.xml_lines import Element, read_xml

LABELS = frozenset({"created", "updated", "tracker", "id", "uuid", "version", "revision", "category", "categories"})
_AUTOMATIC = ("automatic", "hybrid", "")


def import_opnsense(text: bytes) -> Imported:
    """The policy of an export, with everything that was not carried over."""
    if len(text) > EXPORT_BYTES_MAX:
        raise ImportFailed(f"{len(text)} bytes, limit {EXPORT_BYTES_MAX}")
    root = read_xml(text)
    if root.name != "opnsense":
        raise ImportFailed(f"the outermost element is <{root.name}>, not <opnsense>")
    return _Import(root).result()


class _Import:
    """One run over one export."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.known = Known()
        self.left: list[Left] = []
        self.rules: list[dict] = []
        self.forwards: list[dict] = []
        self.source_nat: list[dict] = []

    def result(self) -> Imported:
        self._each(self._children("interfaces"), lambda element: carry_interface(element, self.known))
        self._aliases()
        self._each(self._children("schedules", "schedule"), lambda element: carry_schedule(element, self.known))
        self._filter()
        self._each(self._children("nat", "rule"), lambda e: self.forwards.extend(list(carry_forward(e, self.known))))
        self._each(self._children("nat/outbound", "rule"), self._outbound)
        masquerading = self._masquerading()
        self._report_untaken()
        document = without_empty(
            {
                "schema": SCHEMA,
                "revision": 1,
                "zones": list(self.known.zones.values()),
                "addresses": list(self.known.addresses.values()),
                "schedules": list(self.known.schedules.values()),
                "rules": self.rules,
                "port_forwards": self.forwards,
                "source_nat": self.source_nat,
                "masquerade_zones": masquerading,
            }
        )
        titles = {f"{key}/{o}": was for key, names in self.known.names.items() for o, was in names.changed().items()}
        return Imported(document, tuple(sorted(self.left, key=lambda item: item.line)), titles)

    def _children(self, path: str, name: str | None = None) -> list[Element]:
        parent = self.root.at(path)
        return [] if parent is None else [child for child in parent.children if name in (None, child.name)]

    def _each(self, elements: list[Element], carry: Callable[[Element], object]):
        for element in elements:
            try:
                carry(element)
            except (CannotCarry, ValueError, KeyError) as error:
                self._leave(element, error.words if isinstance(error, CannotCarry) else _UNREADABLE)

    def _leave(self, element, words):
        element.take_all()
        called = next((element.at(key).text for key in ("descr", "description", "name") if element.at(key)), "")
        self.left.append(Left(element.line, shown(f"<{element.name}> {called}"), words, "lost", element.last))

    def _aliases(self):
        """An alias that names another must come after it: those without names first, then again."""
        waiting = self._children("OPNsense/Firewall/Alias/aliases", "alias")
        names = {element.at("name").text for element in waiting if element.at("name")}
        while waiting:
            ready = [element for element in waiting if not (_words_of(element) & names - self._carried())]
            self._each(ready or waiting, lambda element: carry_alias(element, self.known))
            names -= {element.at("name").text for element in ready if element.at("name")}
            waiting = [element for element in waiting if element not in ready] if ready else []

    def _carried(self):
        return {*self.known.addresses, *self.known.ports}

    def _filter(self):
        rules = self._children("filter", "rule")
        floating = [element for element in rules if element.flag("floating")]
        for element in [*floating, *(element for element in rules if element not in floating)]:
            self._each([element], lambda e: self.rules.extend(carry_filter_rule(e, self.known)))
        model = self._children("OPNsense/Firewall/Filter/rules", "rule")
        for element in sorted(model, key=lambda e: int(e.take("sequence") or 0)):
            self._each([element], lambda e: self.rules.extend(carry_model_rule(e, self.known)))

    def _outbound(self, element):
        self.source_nat.append(carry_outbound(element, self.known))

    def _masquerading(self):
        """Automatic translation leaves by every interface that has a gateway."""
        outbound = self.root.at("nat/outbound")
        mode = outbound.take("mode") if outbound else ""
        if mode not in _AUTOMATIC:
            return []
        return [zone["name"] for zone in self.known.zones.values() if not zone.get("inside")]

    def _report_untaken(self):
        for element in self.root.untaken():
            label = element.name in LABELS
            said = shown(f"<{element.name}> {element.text if not element.children else ''}")
            words = _LABEL if label else _NOT_READ
            self.left.append(Left(element.line, said, words, "label" if label else "lost", element.last))


def _words_of(element):
    content = element.at("content")
    return set(content.text.split()) if content else set()


_NOT_READ = Words("この設定は移しません", "this is not carried over")
_LABEL = Words("通信に影響しない設定です", "means nothing to traffic")
_UNREADABLE = Words("値が読めません", "its values can't be read")
