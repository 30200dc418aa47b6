"""The first steps that stories share: the form, and the way from it to a contract in service."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sekisho.apps.contracts.actions.taking_on import starting_sheet

from .people import ADMIN, DESK, LINE, OWNER
from .stage import Stage

FIRST_MAIL = "tanaka@aoba.example"
FIRST_CONTACT = ("田中", "+81-92-000-0001", FIRST_MAIL)
CONSENTS = [{"part": "disclaimers_accepted", "version": 1}, {"part": "monitoring_consent", "version": 1}]


def form(**changes: Any) -> dict[str, Any]:
    """A complete application form: basic with operations."""
    return {
        "service": "UTM",
        "plan": "basic",
        "functions": ["firewall", "ids_ips"],
        "access_item": "best_effort_1g",
        "operations": True,
        "devices": [{"label": "本社", "policy": starting_sheet({"ids_ips"})}],
        **changes,
    }


def application(line: str = LINE, **changes: Any) -> dict[str, Any]:
    """What is sent to apply for a contract on a line."""
    return {"line": line, "form": form(**changes), "consents": CONSENTS}


@dataclass
class Signed:
    """A contract in service, and where it is told."""

    stage: Stage
    contract: str


def signed(stage: Stage) -> Signed:
    """Applied for on 2025-03-03, accepted on 03-10, in service and billed from 2025-04-15 on."""
    asked = stage.integrator(OWNER).post("/applications", application())
    stage.house.at("2025-03-10 14:05")
    stage.desk(ADMIN).screen()
    desk = stage.desk(DESK)
    contract = desk.accept(asked["number"])
    stage.house.at("2025-04-14 09:00")
    desk.begin(contract)
    desk.contacts(contract, FIRST_CONTACT)
    desk.as_built(contract, devices=1)
    desk.start(contract, dt.date(2025, 4, 15))
    stage.house.at("2025-04-15 09:00")
    stage.house.work()
    return Signed(stage, contract)
