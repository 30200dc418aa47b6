"""What a contractor does with a running contract: change it, stop options, cancel it; and what each would do.

An act is asked for in the contractor's scope and carried out in one that sees all contracts, because lines and
numbers that others have must be seen to be taken. Whose contract it is has been found out before.
"""

from __future__ import annotations

import msgspec

from sekisho.apps.accounts.models import TokenScope
from sekisho.apps.billing.actions import fees
from sekisho.apps.contracts import queries
from sekisho.apps.contracts.actions import changing, ending
from sekisho.apps.contracts.models import Contract
from sekisho.apps.contracts.queries import ending as previews
from sekisho.apps.contracts.queries.options import Running, running_on
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import entered, system_scope
from sekisho.gateways import clock
from sekisho.terms.history import last_instant
from sekisho.terms.minimum import TermKind
from sekisho.terms.moments import tokyo_date
from sekisho.terms.words import Words

from .act_shapes import (
    OFFICE,
    AncillaryStopGiven,
    ApplicationShape,
    CancellationGiven,
    ChangeGiven,
    ChangePreviewShape,
    EndPreviewShape,
    FeeGiven,
    FeeShape,
    PartialStopGiven,
    RunningListShape,
    WithdrawalGiven,
    ancillary_shape,
    application_shape,
    change_preview_shape,
    end_preview_shape,
    running_shape,
)
from .answers import Made
from .contract_shapes import ContractShape
from .contracts import contract_of, shape_now
from .operation import Call, operation
from .problems import Place, Problem

ACTS = system_scope("api")


@operation(
    "GET",
    "/contracts/{contract_number}/running",
    ja="最低利用期間のある契約内容",
    en="What runs with a minimum term",
    scope=TokenScope.CONTRACTS_READ,
    answers=RunningListShape,
)
def list_running(call: Call) -> RunningListShape:
    """The service, operations and every option that runs today, each with the day from which its term counts; and the
    ancillary services, which have none."""
    contract = contract_of(call)
    ancillary = queries.ancillary_on(queries.history_of(call.scope, contract), tokyo_date(clock.now()))
    running = [running_shape(one) for one in _running(call, contract)]
    return RunningListShape(contract.number, running, [ancillary_shape(fact) for fact in ancillary])


@operation(
    "POST",
    "/contracts/{contract_number}/changes/preview",
    ja="契約変更の試算",
    en="What a change would do",
    scope=TokenScope.CONTRACTS_READ,
    body=ChangeGiven,
    answers=ChangePreviewShape,
)
def preview_change(call: Call) -> ChangePreviewShape:
    """Fees before and after, and everything that the terms refuse about it. Nothing is written."""
    contract, form = contract_of(call), call.body.form
    today = tokyo_date(clock.now())
    on = max(form.wished_on or today, today)
    standing = queries.contract_at(call.scope, contract, last_instant(on))
    if standing.facts is None or standing.state not in changing.LIVING:
        raise Refused("change.not_in_service", _NOT_IN_SERVICE.ja, _NOT_IN_SERVICE.en, "14-1")
    return change_preview_shape(previews.preview_change(contract, form, on), call.language)


@operation(
    "POST",
    "/contracts/{contract_number}/changes",
    ja="契約変更の申込",
    en="Ask for a change",
    scope=TokenScope.CONTRACTS_WRITE,
    permission="applications.submit",
    body=ChangeGiven,
    answers=ApplicationShape,
    status=201,
)
def request_change(call: Call) -> Made:
    """The change form arrives now and waits in the queue; it holds when it has been accepted."""
    contract = _current(call)
    with entered(ACTS):
        application = changing.request_change(call.actor, contract=contract, form=call.body.form, office=OFFICE)
        return Made(f"/api/v1/applications/{application.number}", application_shape(application))


@operation(
    "POST",
    "/contracts/{contract_number}/option-stops/preview",
    ja="オプション停止の試算",
    en="What an option stop would do",
    scope=TokenScope.CONTRACTS_READ,
    body=PartialStopGiven,
    answers=EndPreviewShape,
)
def preview_option_stop(call: Call) -> EndPreviewShape:
    """The last day of the options if the form arrived now, and what stopping them costs. Nothing is written."""
    contract = contract_of(call)
    _check_threads(call, contract)
    today = tokyo_date(clock.now())
    given = call.body
    preview = previews.preview_option_stop(contract, given.threads, today, given.requested_on, counts=given.counts)
    return end_preview_shape(preview, call.language)


@operation(
    "POST",
    "/contracts/{contract_number}/option-stops",
    ja="オプションの停止",
    en="Stop options",
    scope=TokenScope.CONTRACTS_WRITE,
    permission="applications.submit",
    body=PartialStopGiven,
    answers=EndPreviewShape,
    status=201,
)
def stop_options(call: Call) -> Made:
    """The form arrives now, and the options stop by the notice of the terms."""
    contract = _current(call)
    _check_threads(call, contract)
    with entered(ACTS):
        given = call.body
        done = ending.stop_option(
            call.actor,
            contract=contract,
            threads=given.threads,
            requested_on=given.requested_on,
            counts=given.counts,
        )
    return Made(_address(contract), end_preview_shape(done, call.language))


@operation(
    "POST",
    "/contracts/{contract_number}/ancillary-stops/preview",
    ja="附帯サービス停止の試算",
    en="What stopping an ancillary service would do",
    scope=TokenScope.CONTRACTS_READ,
    body=AncillaryStopGiven,
    answers=EndPreviewShape,
)
def preview_ancillary_stop(call: Call) -> EndPreviewShape:
    """The last day of the ancillary services if the form arrived now. Nothing is written."""
    contract = contract_of(call)
    _check_named(call, _ancillary(call, contract))
    today = tokyo_date(clock.now())
    preview = previews.preview_ancillary_stop(contract, call.body.threads, today, call.body.requested_on)
    return end_preview_shape(preview, call.language)


@operation(
    "POST",
    "/contracts/{contract_number}/ancillary-stops",
    ja="附帯サービスの停止",
    en="Stop ancillary services",
    scope=TokenScope.CONTRACTS_WRITE,
    permission="applications.submit",
    body=AncillaryStopGiven,
    answers=EndPreviewShape,
    status=201,
)
def stop_ancillary(call: Call) -> Made:
    """The form arrives now, and the services stop today or on the later day that is named, by their own terms."""
    contract = _current(call)
    _check_named(call, _ancillary(call, contract))
    with entered(ACTS):
        given = call.body
        done = ending.stop_ancillary(
            call.actor, contract=contract, threads=given.threads, requested_on=given.requested_on
        )
    return Made(_address(contract), end_preview_shape(done, call.language))


@operation(
    "POST",
    "/contracts/{contract_number}/cancellation/preview",
    ja="解約の試算",
    en="What a cancellation would do",
    scope=TokenScope.CONTRACTS_READ,
    body=CancellationGiven,
    answers=EndPreviewShape,
)
def preview_cancellation(call: Call) -> EndPreviewShape:
    """The last day of service if the form arrived now, and what leaving costs. Nothing is written."""
    contract = contract_of(call)
    preview = previews.preview_cancellation(contract, tokyo_date(clock.now()), call.body.requested_on)
    return end_preview_shape(preview, call.language)


@operation(
    "POST",
    "/contracts/{contract_number}/cancellation",
    ja="解約",
    en="Cancel a contract",
    scope=TokenScope.CONTRACTS_WRITE,
    permission="applications.submit",
    body=CancellationGiven,
    answers=EndPreviewShape,
    status=201,
)
def cancel_contract(call: Call) -> Made:
    """The cancellation arrives now; the contract ends by the notice of the terms or on the later day that is named."""
    contract = _current(call)
    with entered(ACTS):
        done = ending.cancel(call.actor, contract=contract, requested_on=call.body.requested_on)
    return Made(_address(contract), end_preview_shape(done, call.language))


@operation(
    "POST",
    "/contracts/{contract_number}/cancellation/withdrawal",
    ja="解約の撤回への同意",
    en="Let a cancellation be withdrawn",
    scope=TokenScope.CONTRACTS_WRITE,
    permission="contracts.manage",
    body=WithdrawalGiven,
    answers=ContractShape,
    status=201,
)
def withdraw_cancellation(call: Call) -> Made:
    """The carrier agrees that the contractor takes its cancellation back before its effect; the service goes on."""
    contract = _current(call)
    with entered(ACTS):
        reason = call.body.reason
        ending.withdraw_cancellation(call.actor, contract=contract, carrier_consents=True, reason=reason)
    return Made(_address(contract), shape_now(call, contract))


@operation(
    "POST",
    "/contracts/{contract_number}/fees",
    ja="個別料金の合意",
    en="Agree on a fee",
    scope=TokenScope.CONTRACTS_WRITE,
    permission="billing.approve",
    body=FeeGiven,
    answers=FeeShape,
    status=201,
)
def agree_fee(call: Call) -> Made:
    """From a day on the contract pays another fee for an item than its list says, by an agreement on record."""
    contract, given = _current(call), call.body
    with entered(ACTS):
        fact = fees.agree_fee(call.actor, contract=contract, **msgspec.structs.asdict(given))
    shape = FeeShape(
        contract=contract.number, item=given.item, yen=given.yen, from_on=fact.first_on, thread=fact.thread
    )
    return Made(f"{_address(contract)}/history", shape)


def _current(call: Call) -> Contract:
    """The contract, if it is still as the caller has seen it."""
    contract = contract_of(call)
    if call.if_match:
        call.require_current(shape_now(call, contract))
    return contract


def _running(call: Call, contract: Contract) -> list[Running]:
    return running_on(queries.history_of(call.scope, contract), tokyo_date(clock.now()))


def _check_threads(call: Call, contract: Contract) -> None:
    _check_named(call, {one.thread for one in _running(call, contract) if one.kind is not TermKind.SERVICE})


def _ancillary(call: Call, contract: Contract) -> set[str]:
    history = queries.history_of(call.scope, contract)
    return {fact.thread for fact in queries.ancillary_on(history, tokyo_date(clock.now()))}


def _check_named(call: Call, running: set[str]) -> None:
    places = [
        Place(f"/threads/{position}", "pointer", _NOT_RUNNING)
        for position, thread in enumerate(call.body.threads)
        if thread not in running or thread in call.body.threads[:position]
    ]
    if places:
        raise Problem("request_malformed", places=places)


def _address(contract: Contract) -> str:
    return f"/api/v1/contracts/{contract.number}"


_NOT_RUNNING = Words("本日提供中のオプションではありません。", "No such option runs today, or it is named twice.")
_NOT_IN_SERVICE = Words("提供中の契約ではありません。", "The contract is not in service on that day.")
