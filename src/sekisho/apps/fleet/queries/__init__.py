"""Reading devices, their policies, and what became of them. First parameter: the scope of who asks."""

from .alarms import alarms_of, open_alarms
from .blocks import block_by_id, blocks_in_force, blocks_of
from .devices import (
    DeviceBoard,
    desired_powers,
    device_board,
    device_by_id,
    device_contexts,
    devices_of,
    devices_of_contract,
    policy_problems,
    powers_of,
)
from .map import STATES, MapRow, VersionCount, definitions_on_boxes, map_counts, map_page
from .policies import (
    LayerView,
    PolicyDraft,
    draft_policy,
    effective_policy,
    layer_by_id,
    layer_revisions,
    layers_of,
    powers_on,
    revision_by_number,
    revisions_of,
    templates,
)
from .rollouts import MemberCounts, members_of, rollout_by_id, rollout_counts, rollouts
from .states import DeviceView, device_view, device_views, reports_of

__all__ = (
    "STATES",
    "DeviceBoard",
    "DeviceView",
    "LayerView",
    "MapRow",
    "MemberCounts",
    "PolicyDraft",
    "VersionCount",
    "alarms_of",
    "block_by_id",
    "blocks_in_force",
    "blocks_of",
    "definitions_on_boxes",
    "desired_powers",
    "device_board",
    "device_by_id",
    "device_contexts",
    "device_view",
    "device_views",
    "devices_of",
    "devices_of_contract",
    "draft_policy",
    "effective_policy",
    "layer_by_id",
    "layer_revisions",
    "layers_of",
    "map_counts",
    "map_page",
    "members_of",
    "open_alarms",
    "policy_problems",
    "powers_of",
    "powers_on",
    "reports_of",
    "revision_by_number",
    "revisions_of",
    "rollout_by_id",
    "rollout_counts",
    "rollouts",
    "templates",
)
