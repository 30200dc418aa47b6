"""The security policy of a line: its model, what is refused and why, and what two policies have in common.

``model`` is the document; ``problems`` what can't be enforced; ``resolved`` what renderers read; ``overlay`` puts
template, contractor and line together; ``diff`` says what changed; ``revision`` who changed it, and why.
"""

from sekisho_wire.policy.check import problems
from sekisho_wire.policy.functions import (
    AntiMalware,
    ApplicationFilter,
    ApplicationRule,
    Bandwidth,
    BandwidthClass,
    CategoryRule,
    IntrusionPrevention,
    Logging,
    LogTarget,
    Mail,
    Sandbox,
    SignatureException,
    TlsInspection,
    UrlFilter,
)
from sekisho_wire.policy.kinds import ANY, RULES_MAX, ZONES_MAX
from sekisho_wire.policy.model import SCHEMA, SecurityPolicy, read_policy, upgraded, write_policy
from sekisho_wire.policy.objects import AddressObject, Once, Schedule, Service, ServiceObject, Weekly, Zone
from sekisho_wire.policy.powers import EVERYTHING, ApplicationFacts, Powers
from sekisho_wire.policy.resolve import resolved
from sekisho_wire.policy.rules import FirewallRule, PortForward, SourceNat, StaticNat
from sekisho_wire.policy.words import PolicyError, Problem, Words

__all__ = [
    "ANY", "EVERYTHING", "RULES_MAX", "SCHEMA", "ZONES_MAX", "AddressObject", "AntiMalware", "ApplicationFacts",
    "ApplicationFilter", "ApplicationRule", "Bandwidth", "BandwidthClass", "CategoryRule", "FirewallRule",
    "IntrusionPrevention", "LogTarget", "Logging", "Mail", "Once", "PolicyError", "PortForward", "Powers", "Problem",
    "Sandbox", "Schedule", "SecurityPolicy", "Service", "ServiceObject", "SignatureException", "SourceNat",
    "StaticNat", "TlsInspection", "UrlFilter", "Weekly", "Words", "Zone", "problems", "read_policy", "resolved",
    "upgraded", "write_policy",
]  # fmt: skip
