"""The packet filter: which attach this kernel offers, check, apply. HelperRefused passes through."""

from __future__ import annotations

from sekisho_edge.privileged import Helper
from sekisho_edge.render.nftables import Attach


def best_attach(*, nft_queue: bool, xtables_queue: bool) -> Attach:
    """The best way that the probes left."""
    if nft_queue:
        return Attach.NFT_QUEUE
    return Attach.XTABLES_QUEUE if xtables_queue else Attach.TAP


async def probe_attach(helper: Helper) -> Attach:
    """Ask the kernel: nft's queue, else the xtables target, else only listening is possible."""
    return best_attach(**await helper.call("probe"))


async def check(helper: Helper, nft: str, xtables: str) -> None:
    await helper.call("check-filter", nft=nft, xtables=xtables)


async def apply(helper: Helper, nft: str, xtables: str) -> None:
    await helper.call("apply-filter", nft=nft, xtables=xtables)
