"""What the app keeps: events, groups, incidents and their clocks; and breaches of the service level."""

from __future__ import annotations

from .breaches import Breach, BreachClaim, BreachCredit, FaultReview
from .incidents import (
    Answer,
    Clock,
    CountermeasureProposal,
    EventGroup,
    GroupState,
    IncidentCounter,
    IncidentState,
    Level,
    LevelDetermination,
    Performer,
    SecurityEvent,
    SecurityIncident,
    Urgency,
)

__all__ = [
    "Answer",
    "Breach",
    "BreachClaim",
    "BreachCredit",
    "Clock",
    "CountermeasureProposal",
    "EventGroup",
    "FaultReview",
    "GroupState",
    "IncidentCounter",
    "IncidentState",
    "Level",
    "LevelDetermination",
    "Performer",
    "SecurityEvent",
    "SecurityIncident",
    "Urgency",
]
