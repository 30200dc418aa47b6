"""The bandwidth: check, apply. HelperRefused passes through."""

from __future__ import annotations

from sekisho_edge.privileged import Helper


async def check(helper: Helper, text: str) -> None:
    await helper.call("check-shaper", text=text)


async def apply(helper: Helper, text: str) -> None:
    await helper.call("apply-shaper", text=text)
