"""Days at the ends of the calendar, sent to the portal: said to be none, and never a page of error."""

from __future__ import annotations

import pytest

from .chapters import Signed
from .people import OWNER


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize(
    ("path", "named"),
    [("cancel", "requested_on"), ("change", "wished_on")],
)
def test_a_day_that_no_rule_can_count_from_is_refused_beside_its_field(
    running: Signed, path: str, named: str, day: str
) -> None:
    owner = running.stage.visitor(OWNER)
    seen = owner.open(f"/contracts/{running.contract}/{path}")
    assert owner.send(seen, path, **{named: day}).confirmation() is None
