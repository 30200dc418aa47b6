"""Security devices, what each should enforce, and what each says of itself.

What is decided (layers, revisions, blocks, reports) only grows; what is derived or momentary (delivery, status) is one
row a device. The database guards every row by its contract (migrations 0002, 0004).
"""

from .blocks import Block
from .delivery import Alarm, AlarmKind, Delivery, DeviceReport, DeviceStatus, ReportState
from .devices import DeviceKind, DeviceState, SecurityDevice
from .policies import LayerKind, LayerRevision, PolicyLayer, PolicyRevision
from .rollouts import MemberState, Rollout, RolloutMember, RolloutState

__all__ = (
    "Alarm",
    "AlarmKind",
    "Block",
    "Delivery",
    "DeviceKind",
    "DeviceReport",
    "DeviceState",
    "DeviceStatus",
    "LayerKind",
    "LayerRevision",
    "MemberState",
    "PolicyLayer",
    "PolicyRevision",
    "ReportState",
    "Rollout",
    "RolloutMember",
    "RolloutState",
    "SecurityDevice",
)
