"""Every form and letter of a contract's life, drawn up from the rows of the act that calls for it.

``DESK`` says which act gives which papers. Forms are written in the contractor's language. Notices of rights
(acceptance, refusal, measures, termination, erasure) are written in Japanese and in English: the Japanese one is the
notice, the English one comes with it, whoever reads it. A form of an application that has become no contract, and its
refusal, are kept for the carrier's eyes alone; an acceptance keeps the form again as the contract's own.

What apps above know (who the carrier is on paper, what is owed) they tell by ``knowing.knows``.
"""

from sekisho.apps.documents.paperwork import Desk

from .applying import accepted, accepted_change, change_form, contract_form, refused
from .ending import cancellation_form, erased, option_stop_form, terminated
from .measuring import announced, ended, taken, withdrawn
from .quoting import quoted

READER = "papers"

DESK = Desk(
    READER,
    {
        "contracts.submit_application": contract_form,
        "contracts.request_change": change_form,
        "contracts.accept_application": accepted,
        "contracts.accept_change": accepted_change,
        "contracts.refuse_application": refused,
        "contracts.cancel": cancellation_form,
        "contracts.stop_option": option_stop_form,
        **{f"contracts.announce_{kind}": announced for kind in ("suspension", "restriction", "interruption")},
        **{f"contracts.{verb}": taken for verb in ("suspend", "restrict", "interrupt")},
        **{f"contracts.end_{kind}": ended for kind in ("suspension", "restriction", "interruption")},
        **{f"contracts.withdraw_{kind}": withdrawn for kind in ("suspension", "restriction", "interruption")},
        "contracts.terminate": terminated,
        "tariff.issue_quote": quoted,
        "contracts.finish_erasure": erased,
    },
)

__all__ = ("DESK", "READER")
