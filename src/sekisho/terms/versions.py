"""The versions of the terms as data: what each promises in numbers, and how its open questions are settled.

``Parameters`` are the figures the text states; an application form may override those (Art. 1-2).
``Switches`` are the questions the text leaves open, each with the setting a carrier starts from.
"""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """What the text leaves open, and how this carrier reads it. ``docs/terms-decisions.md`` gives the reasons."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms as they bind one contract: a version's name with its parameters and switches."""

    version: str
    parameters: Parameters = Parameters()
    switches: Switches = Switches()


LATEST = Terms(version="V6")
