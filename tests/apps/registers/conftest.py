from __future__ import annotations

from collections.abc import Callable

import pytest

from sekisho.apps.refusals import Refused


def refusal(act: Callable, *arguments: object, **more: object) -> tuple[str, str]:
    """Code and article of the refusal; its words must be there in both languages."""
    with pytest.raises(Refused) as refused:
        act(*arguments, **more)
    assert refused.value.words.ja and refused.value.words.en
    return refused.value.code, refused.value.article
