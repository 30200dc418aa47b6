"""Which version of the terms binds a contract on a day, as known on a day, with what its form changed.

Two times matter: ``valid_on``, the day that is judged, and ``known_on``, the day on which it is judged. A
version that works backwards changes the first only from its enactment on, so a decision made earlier can be
replayed as it was made. A changed form outranks the text for the parameters in ``OVERRIDABLE`` (Art. 1-2).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sekisho.terms.moments import day
from sekisho.terms.values import Answer, BadParameter, Refusal, Switched, Value
from sekisho.terms.versions import VERSIONS, Parameters, Switches, Terms, TermsVersion, version_named
from sekisho.terms.words import Step, Words

FIGURE_MAX = 1_200

OVERRIDABLE = frozenset(
    {
        "cancellation_months",
        "high_notice_minutes",
        "included_accounts",
        "log_retention_years",
        "log_retention_years_max",
        "long_option_term_months",
        "medium_notice_minutes",
        "monthly_report_business_days",
        "operations_term_months",
        "option_stop_days",
        "other_change_contact_business_days",
        "service_term_months",
        "short_option_term_months",
        "sla_claim_weeks",
        "sla_credit_divisor",
        "standard_change_hours",
    }
)
"""What a form may set. Interest, surcharge and the periods of law-like clauses stay as the terms have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One condition that an application form states differently from the terms (Art. 1-2)."""

    parameter: str
    setting: int
    form: str
    valid_from: dt.date
    recorded_on: dt.date
    approved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundContract:
    """What of a contract decides which terms bind it. ``transition_ended_on`` is the last day of the exception.

    ``switches`` are the contract's own settings, where they differ from its version's.
    """

    service_started_on: dt.date
    transition_ended_on: dt.date | None = None
    overrides: tuple[Override, ...] = ()
    switches: Switches | None = None


def terms_version(
    service_started_on: dt.date,
    valid_on: dt.date,
    known_on: dt.date,
    transition_ended_on: dt.date | None = None,
    *,
    switches: Switches | None = None,
) -> Answer[str]:
    """The name of the version that binds, or a refusal for a time before the first version."""
    contract = BoundContract(
        service_started_on=service_started_on, transition_ended_on=transition_ended_on, switches=switches
    )
    return _applicable(contract, day(valid_on, "valid_on"), day(known_on, "known_on"))


def terms_at(contract: BoundContract, valid_on: dt.date, known_on: dt.date) -> Answer[Terms]:
    """The terms that bind this contract on ``valid_on`` as known on ``known_on``: version, overrides, switches."""
    found = _applicable(contract, day(valid_on, "valid_on"), day(known_on, "known_on"))
    if isinstance(found, Refusal):
        return found
    version = version_named(found.value)
    agreed = [o for o in contract.overrides if o.valid_from <= valid_on and o.recorded_on <= known_on]
    terms = Terms(
        version=version.name,
        parameters=_overridden(version.parameters, agreed),
        switches=contract.switches or version.switches,
    )
    by_form = tuple(Step(_BY_FORM, (o.form, o.parameter, o.setting)) for o in agreed)
    return Value(terms, found.article, version.name, (*found.steps, *by_form), found.switches)


def effective_parameter(contract: BoundContract, name: str, valid_on: dt.date, known_on: dt.date) -> Answer[int]:
    """One figure of the terms as it binds this contract on a day: the form's where it set one, else the text's."""
    if name not in Parameters.__dataclass_fields__:
        raise BadParameter("name", f"{name!r} is no figure of the terms")
    found = terms_at(contract, valid_on, known_on)
    if isinstance(found, Refusal):
        return found
    figure = found.value.parameters.figure(name)
    return Value(figure, found.article, found.terms_version, found.steps, found.switches)


def override_check(override: Override) -> Answer[bool]:
    """True if the rules can carry this override; else it is kept as text and a person has to see to it."""
    if override.parameter not in OVERRIDABLE:
        return Refusal("override.not_a_parameter", "1-2", _NOT_OVERRIDABLE.with_facts(override.parameter))
    if not 1 <= override.setting <= FIGURE_MAX:
        return Refusal("override.out_of_range", "1-2", _OUT_OF_RANGE.with_facts(override.parameter, FIGURE_MAX))
    return Value(True, "1-2", "")


def _applicable(contract: BoundContract, valid_on: dt.date, known_on: dt.date) -> Answer[str]:
    known = [v for v in VERSIONS if v.enacted_on <= known_on and v.applies_from <= valid_on]
    if not known:
        return Refusal("terms.none_yet", VERSIONS[0].article, _NONE_YET.with_facts(VERSIONS[0].enacted_on))
    last = known[-1]
    switches = contract.switches or last.switches
    found = Step(_ENACTED, (last.enacted_on, last.applies_from, last.name))
    survives = switches.transition_survives
    asked = last.transition is None and _keeper(known, contract, valid_on, survives=True) is not None
    survival = (Switched("transition_survives", survives),) if asked else ()
    keeper = _keeper(known, contract, valid_on, survives=survives)
    if keeper is None or keeper.transition is None:
        return Value(last.name, last.article, last.name, (found,), survival)
    stays_on = keeper.transition.stays_on
    kept = Step(_KEPT, (keeper.transition.use_started_until, stays_on))
    return Value(stays_on, keeper.article, stays_on, (found, kept), survival)


def _keeper(
    known: list[TermsVersion], contract: BoundContract, valid_on: dt.date, *, survives: bool
) -> TermsVersion | None:
    """The version whose transition rule keeps this contract on an older text, if one does."""
    if contract.transition_ended_on is not None and valid_on > contract.transition_ended_on:
        return None
    alive = known if survives else known[-1:]
    with_rule = [v for v in alive if v.transition and contract.service_started_on <= v.transition.use_started_until]
    return with_rule[-1] if with_rule else None


def _overridden(parameters: Parameters, agreed: Iterable[Override]) -> Parameters:
    # The last recorded wins, as the last form signed does.
    for override in sorted(agreed, key=lambda o: (o.recorded_on, o.valid_from)):
        refused = override_check(override)
        if isinstance(refused, Refusal):
            raise BadParameter("overrides", refused.words.en)
        parameters = replace(parameters, **{override.parameter: override.setting})
    return parameters


_NONE_YET = Words("{0}より前に規約はありません。", "There are no terms before {0}.")
_ENACTED = Words("{0}実施、{1}から適用の{2}。", "{2}, enacted {0}, applies from {1}.")
_KEPT = Words("{0}までに利用開始のため、特例により{1}。", "In use by {0}: the transition rule keeps it on {1}.")
_BY_FORM = Words("申込書{0}により{1}は{2}。", "By form {0}, {1} is {2}.")
_NOT_OVERRIDABLE = Words(
    "「{0}」は申込書で変更できる項目ではありません。", '"{0}" is not something that a form can set.'
)
_OUT_OF_RANGE = Words("「{0}」は1から{1}までで指定してください。", '"{0}" must be from 1 to {1}.')
