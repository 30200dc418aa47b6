"""A claim as a paper: what the contractor sent through the portal, typeset as the trade's form and kept.

The stored paper is the writing that Art. 35-1 asks for; it is made in the act that claims, so that a claim
without its paper can't exist.
"""

from __future__ import annotations

import datetime as dt

from sekisho.apps.accounts.models import OrganisationKind, Person
from sekisho.apps.accounts.queries import organisations
from sekisho.apps.contracts.queries.parties import addressee_on
from sekisho.apps.documents.actions import keep
from sekisho.apps.documents.kinds import DocumentKind
from sekisho.apps.refusals import Refused
from sekisho.gateways.typesetting import typeset
from sekisho.papers.form import Applicant
from sekisho.papers.paper import Language, written_date
from sekisho.papers.sla_claim import ClaimedBreach, SlaClaim
from sekisho.terms.clocks import LEVEL_WORDS, NOTICE_RULES, Level
from sekisho.terms.moments import tokyo

from .models import Breach

SCANS = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
"""What a scanner gives: media type -> how such a file begins."""


def keep_claim(actor: Person, *, breach: Breach, number: int, arrived_at: dt.datetime, words: str) -> str:
    """Keep the paper of a breach's ``number``-th claim; the document's number."""
    paper = claim_paper(actor, breach, f"{breach.number}-{number}", arrived_at, words)
    keep(
        actor,
        kind=DocumentKind.SLA_CLAIM,
        number=paper.number,
        contract_id=breach.contract_id,
        language=paper.language,
        dated=paper.dated,
        counterparty=addressee_on(breach.contract, paper.dated).name,
        content=typeset(paper),
    )
    return paper.number


def keep_scan(actor: Person, *, breach: Breach, number: int, arrived_at: dt.datetime, scan: bytes) -> str:
    """Keep a claim that came on paper, as it was scanned; the document's number. Refused for another kind of file."""
    media_type = next((kind for kind, begins in SCANS.items() if scan.startswith(begins)), None)
    if media_type is None:
        raise Refused(
            "claim.scan", "PDF・PNG・JPEGのファイルを選んでください。", "Choose a PDF, PNG or JPEG file.", "35-1"
        )
    on = tokyo(arrived_at).date()
    kept = keep(
        actor,
        kind=DocumentKind.SLA_CLAIM,
        number=f"{breach.number}-{number}",
        contract_id=breach.contract_id,
        language=Language.JA,
        dated=on,
        counterparty=addressee_on(breach.contract, on).name,
        content=scan,
        media_type=media_type,
    )
    return kept.number


def claim_paper(actor: Person, breach: Breach, number: str, arrived_at: dt.datetime, words: str) -> SlaClaim:
    """The form as the contractor's person fills it in, and as it reached us."""
    language, at = Language(actor.language), tokyo(arrived_at)
    carrier = next((row.name for row in organisations(OrganisationKind.CARRIER)), "")
    return SlaClaim(
        language=language,
        number=number,
        dated=at.date(),
        carrier=carrier,
        applicant=Applicant(name=addressee_on(breach.contract, arrived_at).name, person=actor.name, mail=actor.email),
        received_on=at.date(),
        received_time=f"{at:%H:%M:%S}",
        contract_number=breach.contract.number,
        breaches=(_claimed(breach, language),),
        statement=words,
    )


def _claimed(breach: Breach, language: Language) -> ClaimedBreach:
    level, at = Level(breach.level), tokyo(breach.breached_at)
    notice = NOTICE_RULES[level].words.in_language(language)
    return ClaimedBreach(
        number=breach.number,
        subject=f"{breach.incident.number} {LEVEL_WORDS[level].in_language(language)} {notice}",
        breached_at=f"{written_date(at.date(), language)} {at:%H:%M:%S}",
        claim_until=breach.claimable_until,
    )
