"""What a new party leaves to be done (R076): accounts, screening, domain."""

from __future__ import annotations

from django.db import transaction

from sekisho.apps.audit.actions import Actor, record
from sekisho.apps.refusals import Refused
from sekisho.apps.scope import current
from sekisho.gateways import clock
from sekisho.terms.applications import AncillaryService
from sekisho.terms.history import FactKind

from ...models import Contract, FollowUp, FollowUpTask
from ...queries.standing import history_of


def follow_up(actor: Actor, contract: Contract, cause: str) -> list[FollowUp]:
    """Open the tasks that a change of party brings; a domain's only where the contract has one."""
    tasks = [FollowUpTask.ACCOUNTS, FollowUpTask.SCREENING]
    if _has_domain(contract):
        tasks.append(FollowUpTask.DOMAIN)
    now = clock.now()
    made = [FollowUp.objects.create(contract=contract, cause=cause, task=task, made_at=now) for task in tasks]
    for task in made:
        _record(actor, "contracts.follow_up", task)
    return made


@transaction.atomic
def finish_follow_up(actor: Actor, *, task: FollowUp, note: str) -> FollowUp:
    """Somebody did it; ``note`` says what came of it."""
    task = FollowUp.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if task.done_at is not None:
        raise Refused("follow_up.done", "この作業は完了しています。", "That was done already.", "16-2")
    task.done_at, task.done_by_id, task.note = clock.now(), actor.pk, note.strip()
    task.save(update_fields=("done_at", "done_by", "note"))
    _record(actor, "contracts.finish_follow_up", task)
    return task


def _has_domain(contract: Contract) -> bool:
    held = history_of(current(), contract).in_force(clock.now())
    return any(fact.kind is FactKind.ANCILLARY and fact.value == AncillaryService.OWN_DOMAIN for fact in held)


def _record(actor: Actor, act: str, task: FollowUp) -> None:
    record(
        actor,
        act=act,
        object=f"follow_up:{task.pk}",
        contract_id=task.contract_id,
        details={"task": task.task, "cause": task.cause},
    )
