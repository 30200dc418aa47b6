"""What the desk looks at first: disputes that are not over, and the last disclosures."""

from __future__ import annotations

from sekisho.apps.scope import Scope

from ..models import Disclosure, DisclosureProposal, Dispute, DisputeEntry, DisputeEntryKind

SHOWN_MAX = 200


def open_disputes(scope: Scope) -> list[Dispute]:
    """Disputes on which the parties still talk, the oldest first."""
    over = scope.admit(DisputeEntry.objects.exclude(kind=DisputeEntryKind.CONSULTATION)).values("dispute_id")
    rows = Dispute.objects.exclude(pk__in=over).select_related("contract__contractor")
    return list(scope.admit(rows).order_by("opened_at", "id")[:SHOWN_MAX])


def last_disclosures(scope: Scope) -> list[Disclosure]:
    rows = Disclosure.objects.select_related("contract__contractor", "by", "approved_by")
    return list(scope.admit(rows).order_by("-disclosed_at", "-id")[:SHOWN_MAX])


def disclosures_to_decide(scope: Scope) -> list[DisclosureProposal]:
    """What waits for another person, the oldest first."""
    rows = DisclosureProposal.objects.filter(decided_at=None).select_related("contract__contractor", "proposed_by")
    return list(scope.admit(rows).order_by("proposed_at", "id")[:SHOWN_MAX])
