"""The versions of the terms as data: what each promises in numbers, and how its open questions are settled.

``Parameters`` are the figures the text states; an application form may override those (Art. 1-2).
``Switches`` are the questions the text leaves open, each with the setting a carrier starts from.
``VERSIONS`` are the six supplementary provisions. Only the last version's full text is published, so all six
carry its figures: where a carrier holds an older text that differs, that version's ``Parameters`` change here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sekisho.terms.values import BadParameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The figures of the text. The unit is last in each name; the article stands beside it."""

    included_accounts: int = 1  # 6-1(1)
    log_retention_years: int = 1  # 6-1(1)
    log_retention_years_max: int = 5  # 6-1(2)
    monthly_report_business_days: int = 10  # 6-1(1)
    high_notice_minutes: int = 15  # 6-1(3)
    medium_notice_minutes: int = 60  # 6-1(3)
    service_term_months: int = 12  # 12-1
    operations_term_months: int = 12  # 12-2
    long_option_term_months: int = 12  # 12-3
    short_option_term_months: int = 1  # 12-4
    option_stop_days: int = 30  # 12-5
    succession_filing_days: int = 30  # 16-2
    cancellation_months: int = 2  # 17-2
    standard_change_hours: int = 24  # 23-2
    other_change_contact_business_days: int = 1  # 23-2
    surcharge_multiple: int = 2  # 29-1
    late_interest_percent_tenths: int = 146  # 30-1
    sla_credit_divisor: int = 50  # 35-1
    sla_claim_weeks: int = 2  # 35-1
    oral_secret_weeks: int = 2  # 37-1

    def figure(self, name: str) -> int:
        """The figure of that name, for rules that are data."""
        found: int = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What the text leaves open, and how this carrier reads it; the first setting named is the default."""

    proration: str = "none"  # 27-1: none | daily
    early_charge_tax: str = "out_of_scope"  # 13, 31: out_of_scope | taxable
    sla_credit_tax: str = "before_tax"  # 35-1: before_tax | after_tax
    sla_cap_scope: str = "month"  # 35-1: month | contract
    interest_grace_days: int = 0  # 30-1
    written_form_includes_portal: bool = True  # 35-1
    year_end_is_weekday: bool = False  # 23-2
    premium_standard_change_24h: bool = True  # 23-2
    transition_survives: bool = True  # supplementary provision of V4, after V6
    maintenance_notice_days: int = 14  # 20-2
    emergency_block_allowed: str = "high_only"  # 36-1: high_only | never
    surcharge_in_addition: bool = True  # 29-1
    log_retention_basis: str = "receipt"  # 6-1(1): receipt | log_time
    retention_period_by_category: tuple[tuple[str, str], ...] = (  # 38-5: category, period
        ("party", "1y"),
        ("contact", "1y"),
        ("portal_account", "6m"),
        ("call_record", "1y"),
        ("mail", "1y"),
    )


DEFAULT_SWITCHES = Switches()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms as they bind one contract: a version's name with its parameters and switches."""

    version: str
    parameters: Parameters = Parameters()
    switches: Switches = DEFAULT_SWITCHES


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A transition rule: who began to use the service by ``use_started_until`` stays on ``stays_on``.

    It holds until a date that the carrier sets later, that date included; while none is set it has no end.
    """

    use_started_until: dt.date
    stays_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsVersion:
    """One supplementary provision. A version with ``applies_from`` before ``enacted_on`` works backwards."""

    name: str
    enacted_on: dt.date
    applies_from: dt.date
    transition: Transition | None = None
    parameters: Parameters = Parameters()
    switches: Switches = DEFAULT_SWITCHES

    @property
    def article(self) -> str:
        """Where its dates stand: the supplementary provisions have no numbers, so they count in order."""
        return f"附則{self.name.removeprefix('V')}"


_STAYS_ON_V3 = Transition(use_started_until=dt.date(2021, 6, 30), stays_on="V3")

VERSIONS: tuple[TermsVersion, ...] = (
    TermsVersion(name="V1", enacted_on=dt.date(2016, 10, 3), applies_from=dt.date(2016, 10, 3)),
    TermsVersion(name="V2", enacted_on=dt.date(2019, 9, 13), applies_from=dt.date(2019, 9, 13)),
    TermsVersion(name="V3", enacted_on=dt.date(2020, 10, 1), applies_from=dt.date(2020, 10, 1)),
    # V4 says only "before the change" of whom the transition keeps; V5 names the same text by its date.
    TermsVersion(name="V4", enacted_on=dt.date(2021, 7, 1), applies_from=dt.date(2021, 7, 1), transition=_STAYS_ON_V3),
    TermsVersion(name="V5", enacted_on=dt.date(2021, 8, 6), applies_from=dt.date(2021, 7, 1), transition=_STAYS_ON_V3),
    TermsVersion(name="V6", enacted_on=dt.date(2025, 2, 4), applies_from=dt.date(2024, 3, 29)),
)

LATEST = Terms(version=VERSIONS[-1].name, parameters=VERSIONS[-1].parameters, switches=VERSIONS[-1].switches)


def version_named(name: str, parameter: str = "terms_version") -> TermsVersion:
    """The version of that name; ``BadParameter`` for any other."""
    for version in VERSIONS:
        if version.name == name:
            return version
    raise BadParameter(parameter, f"{name!r} is none of {', '.join(v.name for v in VERSIONS)}")


def terms_named(name: str, switches: Switches | None = None) -> Terms:
    """The terms of a stored version name, to replay a decision or to bind a contract; no overrides.

    ``switches`` are the contract's own, where they differ from the version's.
    """
    version = version_named(name)
    return Terms(version=version.name, parameters=version.parameters, switches=switches or version.switches)
