"""Every rule that can be asked by name."""

from __future__ import annotations

from sekisho.terms.asking.calendar_rules import RULES as CALENDAR_RULES
from sekisho.terms.asking.contract_rules import RULES as CONTRACT_RULES
from sekisho.terms.asking.money_rules import RULES as MONEY_RULES
from sekisho.terms.asking.party_rules import RULES as PARTY_RULES
from sekisho.terms.asking.rule import Rule
from sekisho.terms.asking.service_rules import RULES as SERVICE_RULES

RULES: dict[str, Rule] = {
    rule.name: rule for rule in (*CONTRACT_RULES, *SERVICE_RULES, *CALENDAR_RULES, *MONEY_RULES, *PARTY_RULES)
}
