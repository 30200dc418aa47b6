"""Policy -> the page that browsers are shown under a blocked name. Pure."""

from __future__ import annotations

import json

from sekisho_edge.daemons.frame import Daemon, Places
from sekisho_wire.policy import SecurityPolicy

NAME = "block-page"


def render(policy: SecurityPolicy, places: Places) -> Daemon | None:
    """The message of the policy; None where no name leads to the page."""
    if "dns" not in policy.url.layers:
        return None
    text = json.dumps({"message": policy.url.message}, ensure_ascii=False, indent=1)
    return Daemon(NAME, {"page.json": text + "\n"}, failure=policy.intrusion.failure)
