"""The carrier's people at the console: every act is a form on a page, looked at first and then confirmed."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from .papers import text_of
from .people import CONTRACTOR, FIRST_CONTACT, LIST
from .visitor import Page, Visitor


class Refused(Exception):
    """The console said no: what it said, with the article."""


class Desk:
    """One person of the carrier. An act that the console refuses raises ``Refused`` with its words."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor

    def enter_line(self, line: str, holder: str) -> Page:
        told = {"identifier": line, "kind": "ip_network_service", "holder": holder, "active": "on"}
        return self._does("/console/lines/new", **told)

    def screen(self, application: str, **changes: str) -> Page:
        told = {
            "subjects": f"{CONTRACTOR}\n代表取締役 青葉 太郎", "source": "新聞記事検索", "result": "clear",
            "evidence": "", **changes,
        }  # fmt: skip
        return self._does(f"/console/applications/{application}/screen", **told)

    def review_screening(self, application: str, verdict: str, reason: str) -> Page:
        """A second person's word on the newest grey result or hit."""
        page = self.visitor.open(f"/console/applications/{application}")
        return told_yes(self.visitor.send(page, "/review", verdict=verdict, reason=reason))

    def looks_at_acceptance(self, application: str, **told: str) -> Page:
        """What an acceptance would do."""
        return self.visitor.send(f"/console/applications/{application}/accept", **told)

    def accept(self, application: str, **told: str) -> str:
        """The number of the contract that it becomes."""
        page = self._does(f"/console/applications/{application}/accept", **told)
        return next(path for path in page.links if path.startswith("/console/contracts/SK")).rpartition("/")[2]

    def accept_change(self, application: str, **told: str) -> Page:
        return self._does(f"/console/applications/{application}/accept", **told)

    def refuse(self, application: str, **told: str) -> Page:
        return self._does(f"/console/applications/{application}/refuse", **told)

    def withdraw(self, application: str, reason: str) -> Page:
        return self._does(f"/console/applications/{application}/withdraw", reason=reason)

    def acts(self, contract: str, act: str, **told: str | list[str]) -> Page:
        """One of the acts that the contract's page offers."""
        return self._does(f"/console/contracts/{contract}/acts/{act}", **told)

    def begin(self, contract: str) -> Page:
        return self.acts(contract, "begin-provisioning")

    def as_built(self, contract: str, devices: int, mismatches: int = 0) -> Page:
        return self.acts(contract, "as-built", devices=str(devices), mismatches=str(mismatches))

    def looks_at_start(self, contract: str, on: dt.date) -> Page:
        """What the start of service fixes."""
        return self.visitor.send(f"/console/contracts/{contract}/acts/start-service", started_on=on.isoformat())

    def start(self, contract: str, on: dt.date) -> Page:
        return self.acts(contract, "start-service", started_on=on.isoformat())

    def reach_first(self, contract: str) -> Page:
        """The first contact, as the contractor told the desk on the telephone."""
        name, phone, mail = FIRST_CONTACT
        told = {"contact-0-position": "1", "contact-0-name": name, "contact-0-phone": phone, "contact-0-mail": mail}
        return told_yes(self.visitor.send(f"/console/contracts/{contract}/contacts", **told))

    def checklist(self, contract: str) -> str:
        return self.visitor.open(f"/console/contracts/{contract}").text

    def quote(self, customer: str, lines: dict[str, int], until: dt.date) -> str:
        """The number of the quote that is issued."""
        prices = {f"line-{item}": str(yen) for item, yen in lines.items()}
        told = {"customer": customer, "price_list": LIST, "valid_until": until.isoformat(), **prices}
        page = self._does("/console/money/quotes/new", **told)
        return next(path for path in page.links if path.startswith("/console/money/quotes/Q")).rpartition("/")[2]

    def send_letter(self) -> Page:
        """The reminder that waits for a person, and there is one."""
        page = self.visitor.open("/console/money/arrears")
        (form,) = [form for form in page.forms if form.action.endswith("/decide")]
        return told_yes(self._confirmed(self.visitor.send(page, urlsplit(form.action).path, what="send")))

    def announce_suspension(self, contract: str, starts_on: dt.date) -> tuple[Page, str]:
        """Notice of the suspension that is proposed: the page that shows it first, and the measure's number."""
        page = self.visitor.open("/console/money/arrears")
        path = next(path for path in page.links if path.endswith("/announce"))
        told = {"starts_on": starts_on.isoformat(), "reason": "お支払いが確認できないため。",
                "period": "お支払いの確認まで"}  # fmt: skip
        shown = self.visitor.send(path, **told)
        told_yes(self._confirmed(shown))
        return shown, self.newest_measure(contract)

    def newest_measure(self, contract: str) -> str:
        page = self.visitor.open(f"/console/contracts/{contract}")
        return max(path.split("/")[3] for path in page.links if path.startswith("/console/measures/"))

    def looks_at_step(self, measure: str, step: str, **told: str) -> Page:
        """What a step of a measure would do."""
        return self.visitor.send(f"/console/measures/{measure}/{step}", **told)

    def steps(self, measure: str, step: str, **told: str) -> Page:
        """take, letter, withdraw, lift, approve or reject."""
        return self._does(f"/console/measures/{measure}/{step}", **told)

    def decides_goodwill(self, page: Page, answer: str) -> Page:
        """A reduction that the contract's page shows: approve or decline."""
        seen = self.visitor.open(page.url)
        (form,) = [form for form in seen.forms if "/reductions/" in form.action]
        return told_yes(self.visitor.send_form(seen, form, answer=answer))

    def start_run(self, month: str) -> Page:
        return told_yes(self._confirmed(self.visitor.send("/console/money", "/start", month=month)))

    def cancels_invoice(self, page: Page, reason: str) -> Page:
        return told_yes(self._confirmed(self.visitor.send(page, "/cancel", reason=reason)))

    def paper(self, kind: str) -> str:
        """The text of the newest Japanese paper of a kind."""
        page = self.visitor.open(f"/console/money/papers?kind={kind}")
        found = [path for path in page.links if path.startswith("/console/money/papers/")]
        texts = (text_of(self.visitor.fetch(path)) for path in found)
        return next(text for text in texts if "年" in text)

    def import_file(self, name: str, content: bytes) -> Page:
        """The bank's file; the page says what it made of it."""
        return self.visitor.send_file("/console/money/receipts", "/import", name, content)

    def looks_at_receipt(self) -> Page:
        """The one receipt that pays for nothing yet, with the machine's proposals."""
        page = self.visitor.open("/console/money/receipts")
        (path,) = {path for path in page.links if path.startswith("/console/money/receipts/RC")}
        return self.visitor.open(path)

    def confirm_receipt(self, seen: Page) -> Page:
        """The machine's first proposal is right."""
        return told_yes(self._confirmed(self.visitor.send(seen, "/confirm")))

    def _does(self, path: str, **told: str | list[str]) -> Page:
        return told_yes(self._confirmed(self.visitor.send(path, **told)))

    def _confirmed(self, shown: Page) -> Page:
        """The second form of a page of an act; where something speaks against it there is none."""
        form = shown.confirmation()
        if form is None:
            raise Refused(shown.text)
        return self.visitor.send_form(shown, form)


def told_yes(page: Page) -> Page:
    """The page, unless it says that the act was refused."""
    if page.alarms:
        raise Refused(" ".join(page.alarms))
    return page
