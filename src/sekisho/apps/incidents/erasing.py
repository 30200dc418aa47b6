"""The answer of incidents to an erasure of party data (Art. 38-5): whatever people wrote is emptied.

That there was an incident, of which level, when it was told and what was decided stays: no person can be told from
it. Numbers and names of calls are the notices' and go with the call records. Called by a job only.
"""

from __future__ import annotations

from django.db.models import Model, Q

from sekisho.apps.contracts.actions.after_end.reporting import Done
from sekisho.apps.contracts.models import Contract, ErasureCategory

from .models import (
    BreachClaim,
    CountermeasureProposal,
    EventGroup,
    FaultReview,
    LevelDetermination,
    SecurityEvent,
    SecurityIncident,
)

PART = "incidents"
CATEGORIES = frozenset({ErasureCategory.PARTY})
WORDS: dict[type[Model], tuple[str, ...]] = {
    SecurityIncident: ("closing_note",),
    EventGroup: ("archive_note",),
    SecurityEvent: ("summary", "evidence"),
    LevelDetermination: ("note",),
    CountermeasureProposal: (
        "target",
        "recommendation_ja",
        "recommendation_en",
        "reason_ja",
        "reason_en",
        "impact_ja",
        "impact_en",
        "answer_note",
        "result",
    ),
    FaultReview: ("reason",),
    BreachClaim: ("words",),
}
"""Where people write freely, or a log line is quoted, which may name an account of a person."""


def erase(contract: Contract, category: ErasureCategory) -> Done:
    """Empty the words of one contract; nothing of ours has to stay. A repeat empties nothing more."""
    return Done({model._meta.label: _emptied(model, fields, contract) for model, fields in WORDS.items()})


def _emptied(model: type[Model], fields: tuple[str, ...], contract: Contract) -> int:
    nothing = dict.fromkeys(fields, "")
    return model._default_manager.filter(~Q(**nothing), contract=contract).update(**nothing)
