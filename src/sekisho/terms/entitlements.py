"""What one contract may have at one instant: the contract is the source of truth, and this is how it is asked.

``entitlements`` is the only answer to "may the edge enforce this", "how long do logs live", "does a notice have
a clock", "how many portal accounts". Nothing else keeps its own copy of it. It never gives more than the plan
offers, whatever the record says; ``contract_refusals`` says what is wrong with such a record.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sekisho.terms.moments import instant, tokyo_date
from sekisho.terms.plans import MATRIX, AccessItem, OperationsOffer, Plan, SecurityFunction, plan_refusals
from sekisho.terms.values import BadParameter, Refusal
from sekisho.terms.versions import LATEST, Terms
from sekisho.terms.words import Words

ARTICLE = "6-1"


class PortalService(StrEnum):
    """What a contractor finds in the portal (Art. 6-1(1), 6-1(2), 23-2)."""

    INCIDENTS = "incidents"
    THREAT_ADVISORIES = "threat_advisories"
    INQUIRIES = "inquiries"
    STANDARD_CHANGES = "standard_changes"
    MONTHLY_REPORTS = "monthly_reports"
    MONITORING_REPORTS = "monitoring_reports"
    SELF_SERVICE_CHANGES = "self_service_changes"


_OPERATIONS_SERVICES = frozenset(
    {
        PortalService.INCIDENTS,
        PortalService.THREAT_ADVISORIES,
        PortalService.INQUIRIES,
        PortalService.STANDARD_CHANGES,
        PortalService.MONTHLY_REPORTS,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFacts:
    """The contract as it stands on the day that is asked about; a contract's history is a row of these.

    ``started_on`` None: accepted, not started. ``ended_on`` is the last day of service, served through 24:00
    of it. ``terminated_at`` is the instant of a termination by the carrier (Art. 18), which does not wait for
    midnight. ``retention_years`` is the whole time, not the extension. ``operations_started_on`` differs from
    ``started_on`` when operations were added later. ``restricted`` are functions limited under Arts. 24-1
    and 26-1(2), ``suspended`` is Art. 21.
    """

    plan: Plan
    functions: frozenset[SecurityFunction]
    access_item: AccessItem
    operations: bool
    started_on: dt.date | None
    ended_on: dt.date | None = None
    terminated_at: dt.datetime | None = None
    operations_started_on: dt.date | None = None
    retention_years: int = 1
    extra_accounts: int = 0
    monitoring_report: bool = False
    report_meeting: bool = False
    suspended: bool = False
    restricted: frozenset[SecurityFunction] = frozenset()

    def __post_init__(self) -> None:
        if self.extra_accounts < 0:
            raise BadParameter("extra_accounts", "cannot be negative")
        if self.retention_years < 1:
            raise BadParameter("retention_years", "starts at 1")
        if self.terminated_at is not None:
            instant(self.terminated_at, "terminated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlements:
    """What the contract gives at the instant asked.

    ``enforceable`` is what the edge may switch on. ``monitored``: logs go to the partner and analysts judge
    them; ``clocked``: a determination starts a notice clock; ``noticed``: the contractor gets incident notices.
    ``log_retention_years`` holds for logs received now; it stays after the end, because received logs are kept
    to their day. ``log_retention_promised`` is False without operations: then it is only the house's own rule.
    """

    active: bool
    enforceable: frozenset[SecurityFunction]
    monitored: bool
    noticed: bool
    clocked: bool
    log_retention_years: int
    log_retention_promised: bool
    portal_accounts: int
    portal_services: frozenset[PortalService]
    terms_version: str


def entitlements(facts: ContractFacts, at: dt.datetime, *, terms: Terms = LATEST) -> Entitlements:
    """What the contract gives at the instant ``at``; without operations no clocks and no notices (Art. 6)."""
    active = _serving(facts, at)
    served = active and not facts.suspended
    operated = served and _operated(facts, at)
    promised = _operations_held(facts)
    return Entitlements(
        active=active,
        enforceable=(facts.functions & MATRIX[facts.plan].functions) - facts.restricted if served else frozenset(),
        monitored=operated,
        noticed=operated,
        clocked=operated,
        log_retention_years=_retention_years(facts, terms),
        log_retention_promised=promised,
        portal_accounts=_accounts(facts, terms) if active else 0,
        portal_services=_portal_services(facts, operated) if active else frozenset(),
        terms_version=terms.version,
    )


def no_entitlements(*, terms: Terms = LATEST) -> Entitlements:
    """What is given where nothing has been agreed on yet: nothing, and logs that come all the same live shortest."""
    return Entitlements(
        active=False,
        enforceable=frozenset(),
        monitored=False,
        noticed=False,
        clocked=False,
        log_retention_years=terms.parameters.log_retention_years,
        log_retention_promised=False,
        portal_accounts=0,
        portal_services=frozenset(),
        terms_version=terms.version,
    )


_OPTION_NEEDS_OPERATIONS = Words(
    "オプションサービスの利用には、セキュリティ運用管理の契約が必要です。",
    "Options belong to security operations, which this contract does not have.",
)
_MEETING_NEEDS_REPORT = Words(
    "セキュリティ報告会には、セキュリティ監視レポートの契約が必要です。",
    "The report meeting needs the monitoring report option.",
)
_RETENTION_TOO_LONG = Words(
    "ログの保存期間は最長{0}年間です。", "Logs are kept for {0} years at most, the first year included."
)


def contract_refusals(facts: ContractFacts, *, terms: Terms = LATEST) -> tuple[Refusal, ...]:
    """Everything the terms refuse about this contract's contents: plan table first, then options (Art. 6-1(2))."""
    found = list(plan_refusals(facts.plan, facts.functions, facts.access_item, facts.operations, terms=terms))
    years_max = terms.parameters.log_retention_years_max
    longer = facts.retention_years > terms.parameters.log_retention_years
    if not facts.operations and (facts.extra_accounts or longer or facts.monitoring_report or facts.report_meeting):
        found.append(Refusal("option.needs_operations", "6-1(2)", _OPTION_NEEDS_OPERATIONS, terms.version))
    if facts.report_meeting and not facts.monitoring_report:
        found.append(Refusal("option.meeting_needs_report", "6-1(2)", _MEETING_NEEDS_REPORT, terms.version))
    if facts.retention_years > years_max:
        words = _RETENTION_TOO_LONG.with_facts(years_max)
        found.append(Refusal("option.retention_too_long", "6-1(2)", words, terms.version))
    return tuple(found)


def _serving(facts: ContractFacts, at: dt.datetime) -> bool:
    today = tokyo_date(at)
    if facts.started_on is None or today < facts.started_on:
        return False
    if facts.terminated_at is not None and instant(at) >= instant(facts.terminated_at):
        return False
    return facts.ended_on is None or today <= facts.ended_on


def _operations_held(facts: ContractFacts) -> bool:
    return facts.operations and MATRIX[facts.plan].operations is not OperationsOffer.NEVER


def _operated(facts: ContractFacts, at: dt.datetime) -> bool:
    if not _operations_held(facts):
        return False
    return facts.operations_started_on is None or tokyo_date(at) >= facts.operations_started_on


def _retention_years(facts: ContractFacts, terms: Terms) -> int:
    # Without operations the terms promise no retention; the shortest class is kept all the same, so that a
    # contractor who manages the device alone sees its year, and operations added later find it there.
    if not _operations_held(facts):
        return terms.parameters.log_retention_years
    return min(facts.retention_years, terms.parameters.log_retention_years_max)


def _accounts(facts: ContractFacts, terms: Terms) -> int:
    # The portal is promised with operations; without them the one account is the door to the self-service
    # changes that Art. 23-2 gives every plan. More accounts are an option of operations.
    return terms.parameters.included_accounts + (facts.extra_accounts if _operations_held(facts) else 0)


def _portal_services(facts: ContractFacts, operated: bool) -> frozenset[PortalService]:
    services = frozenset({PortalService.SELF_SERVICE_CHANGES})
    if operated:
        services |= _OPERATIONS_SERVICES
        if facts.monitoring_report:
            services |= {PortalService.MONITORING_REPORTS}
    return services
