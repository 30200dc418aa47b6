"""Who writes to whom, and where money goes: the blocks at the head and foot of every paper."""

from __future__ import annotations

from dataclasses import dataclass

from .paper import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A company, a department of it, or a person (in it or alone). Empty texts are left out."""

    name: str = ""
    department: str = ""
    person: str = ""
    postal_code: str = ""
    address: tuple[str, ...] = ()

    def written(self, language: Language) -> dict[str, object]:
        return {"lines": addressed(self, language)}


def addressed(addressee: Addressee, language: Language) -> tuple[str, ...]:
    """The lines of the name. In Japanese a company ends in 御中 and a person in 様, and never both on one paper."""
    parts = [part for part in (addressee.name, addressee.department, addressee.person) if part]
    if language == Language.JA and parts:
        parts[-1] += " 様" if addressee.person else " 御中"
    return tuple(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who issues the paper. ``seal``: the bytes of a PNG or SVG, shown over the end of the name.

    ``registration_number``: of a qualified invoice issuer, T and 13 digits; papers about tax show it.
    """

    name: str
    department: str = ""
    representative: str = ""
    postal_code: str = ""
    address: tuple[str, ...] = ()
    phone: str = ""
    mail: str = ""
    registration_number: str = ""
    seal: bytes | None = None

    def written(self, language: Language) -> dict[str, object]:
        svg = self.seal is not None and self.seal.lstrip().startswith(b"<")
        return {"seal_format": "svg" if svg else "png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """Where to pay. ``kind``: 普通 or 当座 in the paper's language; ``holder_kana`` as the bank prints it."""

    bank: str
    bank_code: str = ""
    branch: str
    branch_code: str = ""
    kind: str = "普通"
    number: str
    holder: str
    holder_kana: str = ""
