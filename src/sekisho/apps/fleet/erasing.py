"""The fleet's answer to an erasure of party data (Art. 38-5): what people wrote about a line's policies and blocks.

Which policy a box had, when it was blocked and lifted stays: no person can be told from it. Called by a job only.
"""

from __future__ import annotations

from django.db.models import Model, Q

from sekisho.apps.contracts.actions.after_end.reporting import Done
from sekisho.apps.contracts.models import Contract, ErasureCategory

from .models import Block, LayerRevision, PolicyRevision

PART = "fleet"
CATEGORIES = frozenset({ErasureCategory.PARTY})
WORDS: dict[type[Model], tuple[str, ...]] = {
    LayerRevision: ("why", "ticket"),
    PolicyRevision: ("why", "ticket"),
    Block: ("why", "lifted_why"),
}


def erase(contract: Contract, category: ErasureCategory) -> Done:
    """Empty the words of one contract; nothing of ours has to stay. A repeat empties nothing more."""
    return Done({model._meta.label: _emptied(model, fields, contract) for model, fields in WORDS.items()})


def _emptied(model: type[Model], fields: tuple[str, ...], contract: Contract) -> int:
    nothing = dict.fromkeys(fields, "")
    return model._default_manager.filter(~Q(**nothing), contract=contract).update(**nothing)
