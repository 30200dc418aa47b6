"""Policy -> ClamAV's daemon, for whoever scans files: web traffic and mail. Pure.

It answers on a port of the loopback, where its watchdog can ask it too. Reload without a second copy of the database:
on a small box two of them don't fit.
"""

from __future__ import annotations

from sekisho_edge.daemons.frame import FOLDER, Daemon, Places
from sekisho_wire.policy import SecurityPolicy

NAME = "clamd"
PORT = 3310
SCAN_MILLISECONDS_MAX = 60_000
EXPANDED_FACTOR = 4


def render(policy: SecurityPolicy, places: Places) -> Daemon | None:
    """Its configuration, or None where nobody scans, or where the box has no such engine or no signatures for it."""
    scans = policy.malware.mode != "off" or policy.mail.virus != "off"
    if not scans or not places.clamd:
        return None
    malware = policy.malware
    failures = {malware.failure} if malware.mode != "off" else set()
    failures |= {policy.mail.failure} if policy.mail.virus != "off" else set()
    lines = [
        "Foreground yes",
        "LogTime no",
        f"TemporaryDirectory {FOLDER}/run",
        f"DatabaseDirectory {places.definitions}/clamav",
        "OfficialDatabaseOnly no",
        f"TCPSocket {PORT}",
        "TCPAddr 127.0.0.1",
        "MaxThreads 4",
        "MaxConnectionQueueLength 200",
        "ReadTimeout 60",
        "CommandReadTimeout 30",
        f"StreamMaxLength {malware.file_bytes_max}",
        f"MaxFileSize {malware.file_bytes_max}",
        f"MaxScanSize {malware.file_bytes_max * EXPANDED_FACTOR}",
        f"MaxRecursion {max(malware.archive_depth_max + 1, 2)}",
        f"MaxScanTime {SCAN_MILLISECONDS_MAX}",
        "AlertExceedsMax yes",
        "AlertEncryptedArchive yes",
        "ConcurrentDatabaseReload no",
        "SelfCheck 0",
    ]
    return Daemon(NAME, {"clamd.conf": "\n".join(lines) + "\n"}, failure="closed" if "closed" in failures else "open")
