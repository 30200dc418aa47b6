"""A price list to start from: what the demonstration sells by. A carrier publishes its own. Yen, without tax."""

from __future__ import annotations

STARTING_PRICES_YEN: dict[str, int] = {
    "initial.ancillary.own_domain": 5_000,
    "initial.basic": 100_000,
    "initial.entry": 50_000,
    "initial.premium": 300_000,
    "monthly.access.best_effort_100m": 0,
    "monthly.access.best_effort_1g": 10_000,
    "monthly.access.guaranteed_100m": 60_000,
    "monthly.access.guaranteed_10m": 15_000,
    "monthly.access.guaranteed_30m": 25_000,
    "monthly.access.guaranteed_50m": 38_000,
    "monthly.ancillary.ip_address": 1_000,
    "monthly.ancillary.own_domain": 500,
    "monthly.ancillary.primary_dns": 1_500,
    "monthly.ancillary.secondary_dns": 1_000,
    "monthly.extra_account": 1_000,
    "monthly.log_retention_year": 2_000,
    "monthly.monitoring_report": 30_000,
    "monthly.operations": 40_000,
    "monthly.plan.basic": 30_000,
    "monthly.plan.entry": 15_000,
    "monthly.report_meeting": 50_000,
    "one_time.change": 20_000,
}
