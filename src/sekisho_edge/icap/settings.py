"""What the service was told, as its renderer writes it: one JSON file, read at start and at SIGHUP.

SettingsError: the file can't be read as such; the service does not start, and a reload leaves the old settings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec

PORT = 1344
PROBE_PORT = 1345
PROBE_HOST = "probe.sekisho.invalid"
"""A name that no resolver knows (RFC 6761). Behind it is this process: its page has gone through everything."""


class SettingsError(Exception):
    """The settings can't be used; the message says why."""


class ApplicationSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one application is to these addresses (first and last of each range); none means everybody."""

    application: str
    action: Literal["allow", "view_only"]
    source: tuple[tuple[str, str], ...] = ()


class SandboxSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mode: Literal["off", "alert_later", "hold"] = "off"
    hold_seconds_max: int = 50
    at_deadline: Literal["allow", "block"] = "allow"
    socket: str = ""
    """Where the agent takes questions for the centre's sandbox."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Folders and sockets are absolute paths. ``clamd_port`` 0: there is no such engine here.

    ``run`` is the only folder that this service writes in.
    """

    run: str
    definitions: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = PORT
    malware: Literal["off", "detect", "prevent"] = "off"
    file_bytes_max: int = 64 << 20
    archive_depth_max: int = 8
    unscanned: Literal["allow", "block"] = "allow"
    failure: Literal["open", "closed"] = "open"
    clamd_port: int = 0
    sandbox: SandboxSettings = SandboxSettings()
    applications: tuple[ApplicationSetting, ...] = ()
    """Only those that are view only for somebody; the first that matches decides."""
    message: str = ""
    comfort_seconds: float = 5.0
    """Who waits longer than this for a file gets drops of it."""
    stall_seconds: float = 0
    """Squid before 6.13 forgets an answer whose reader was slower than its origin for a moment; a drop of the answer
    after so long a silence reminds it. 0: this Squid needs none."""


def read_settings(path: Path) -> Settings:
    """The settings in a file, or SettingsError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error
