"""Which files the sandbox wants to see: those that can do something when they are opened. By content, not by name."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from sekisho_wire.sandbox import Kind

HEAD_BYTES = 64 * 1024
ARCHIVE_NAMES_MAX = 2_000
_SCRIPT_ENDINGS = (".js", ".jse", ".vbs", ".vbe", ".wsf", ".hta", ".ps1", ".bat", ".cmd", ".sh", ".py", ".lnk")
_PROGRAM_ENDINGS = (".exe", ".dll", ".scr", ".com", ".msi", ".jar", ".apk")
_MACRO_PARTS = ("vbaProject.bin", "macrosheets/")
_PDF_ACTIONS = (b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/OpenAction")
_OPAQUE_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF")


def risky_kind(file: BinaryIO, name: str = "") -> Kind | None:
    """What kind of danger a file could be, or None for what need not be asked about."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head[:2] == b"MZ" or head[:4] in (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
        return "program"
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "office"
    if head[:5] == b"%PDF-":
        return "pdf" if _pdf_acts(file) else None
    if head[:4] == b"PK\x03\x04":
        return _zip_kind(file)
    if head.startswith(_OPAQUE_ARCHIVES):
        return "archive"
    if head[:2] == b"#!" or name.lower().endswith(_SCRIPT_ENDINGS):
        return "script"
    return "program" if name.lower().endswith(_PROGRAM_ENDINGS) else None


def _pdf_acts(file):
    """Whether a PDF says that it does something; read in overlapping pieces."""
    file.seek(0)
    before = b""
    while piece := file.read(HEAD_BYTES):
        if any(word in before + piece for word in _PDF_ACTIONS):
            return True
        before = piece[-32:]
    return False


def _zip_kind(file):
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()[:ARCHIVE_NAMES_MAX]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "archive"
    if any(part in name for part in _MACRO_PARTS for name in names):
        return "office"
    endings = _SCRIPT_ENDINGS + _PROGRAM_ENDINGS + (".docm", ".xlsm", ".pptm", ".doc", ".xls", ".zip", ".iso")
    return "archive" if any(name.lower().endswith(endings) for name in names) else None
