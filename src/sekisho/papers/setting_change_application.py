"""設定変更申込書: a change of a device's security policy that isn't a standard change of the portal (Art. 23)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .form import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    function: str
    item: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChangeApplication(Form):
    """``slots``: when the work may be done, in order of preference, as written."""

    SHEET: ClassVar[str] = "setting_change_application"
    device: str
    site: str = ""
    changes: tuple[SettingChange, ...]
    purpose: str = ""
    slots: tuple[str, ...] = ()
    chargeable: bool = False
    fee_yen: int | None = None
