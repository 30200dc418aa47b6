"""The rows of contracts: who they are (``contract``), what holds from when until when (``fact``), whom to reach,
who the parties are, what the carrier did (``measures``), and what is left after the end."""

from .after_end import ApplicationErasure, Erasure, ErasureCategory, ErasureReport
from .application import (
    DECIDED,
    Application,
    ApplicationAct,
    ApplicationKind,
    ApplicationStep,
    Screening,
    ScreeningReview,
    ScreeningVerdict,
)
from .contact import Contact, TimeBand
from .contract import Contract, Line
from .fact import ContractFact
from .measures import Basis, Measure, MeasureAct, MeasureKind, MeasureStep
from .parties import (
    CarrierAssignment,
    ContractParty,
    FollowUp,
    FollowUpTask,
    PartyChange,
    PartyData,
    PartyLeaving,
    Representative,
    Transfer,
)

__all__ = [
    "DECIDED",
    "Application",
    "ApplicationAct",
    "ApplicationErasure",
    "ApplicationKind",
    "ApplicationStep",
    "Basis",
    "CarrierAssignment",
    "Contact",
    "Contract",
    "ContractFact",
    "ContractParty",
    "Erasure",
    "ErasureCategory",
    "ErasureReport",
    "FollowUp",
    "FollowUpTask",
    "Line",
    "Measure",
    "MeasureAct",
    "MeasureKind",
    "MeasureStep",
    "PartyChange",
    "PartyData",
    "PartyLeaving",
    "Representative",
    "Screening",
    "ScreeningReview",
    "ScreeningVerdict",
    "TimeBand",
    "Transfer",
]
