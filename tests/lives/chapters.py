"""The first steps that stories share: the form, and the way from it to a contract in service."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from sekisho.apps.contracts.actions.taking_on import starting_sheet

from .people import ADMIN, CONTRACTOR, DESK, FIRST_CONTACT, LINE, OTHER_LINE, OWNER
from .stage import Stage
from .visitor import Visitor

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


def applied_at_portal(owner: Visitor) -> str:
    """The same form as a person fills it in, looked at once more and sent; the number of the application."""
    asked = form()
    (device,) = asked["devices"]
    ticked = {f"consent-{one['part']}": str(one["version"]) for one in CONSENTS}
    sheet = {"device-1": device["label"], "sheet-1": json.dumps(device["policy"])}
    chosen = {name: asked[name] for name in ("plan", "functions", "access_item")}
    page = owner.send("/applications/new", act="review", line=LINE, operations="on", **chosen, **sheet, **ticked)
    assert page.url.endswith("/review"), page.text
    return owner.send(page).url.rpartition("/")[2]


def reach_first(owner: Visitor, contract: str) -> None:
    """The contractor names its first contact at the portal."""
    page = owner.send(f"/contracts/{contract}/contacts", act="add")
    name, phone, mail = FIRST_CONTACT
    owner.send(page, act="save", **{"1-name": name, "1-phone": phone, "1-mail": mail})


@dataclass
class Signed:
    """A contract in service, and where it is told."""

    stage: Stage
    contract: str


def signed(stage: Stage) -> Signed:
    """Applied for on 2025-03-03, accepted on 03-10, in service and billed from 2025-04-15 on."""
    desk = stage.desk(DESK)
    for line in (LINE, OTHER_LINE):
        desk.enter_line(line, CONTRACTOR)
    asked = stage.integrator(OWNER).post("/applications", application())
    stage.house.at("2025-03-10 14:05")
    stage.desk(ADMIN).screen(asked["number"])
    contract = desk.accept(asked["number"])
    stage.house.at("2025-04-14 09:00")
    desk.begin(contract)
    reach_first(stage.visitor(OWNER), contract)
    desk.as_built(contract, devices=1)
    desk.start(contract, dt.date(2025, 4, 15))
    stage.house.at("2025-04-15 09:00")
    stage.house.work()
    return Signed(stage, contract)
