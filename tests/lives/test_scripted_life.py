"""The life of one contract, from its application to the erasure of its data, over HTTP, with a clock that is moved.

Every figure is a literal, reckoned by hand from the register (``R…``) and the price list of ``people.PRICES_YEN``;
the comment beside it says how.
"""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest

from .bank import transfer_notice
from .chapters import applied_at_portal, reach_first
from .desk import Refused
from .papers import text_of
from .people import ADMIN, ANALYST, CONTRACTOR, DESK, FIRST_MAIL, LINE, OWNER, PAYER, SECOND
from .soc import Soc, arrives
from .stage import Stage


def test_a_contract_lives_by_the_register(our_stage: Stage) -> None:
    life = Life(our_stage)
    life.applies()
    life.is_accepted()
    life.starts()
    life.takes_an_option()
    life.changes_its_plan()
    life.falls_into_arrears()
    life.is_suspended()
    life.pays_with_interest()
    life.suffers_a_breach()
    life.is_credited()
    life.cancels()
    life.ends()
    life.is_erased()


def missing(said: str, *parts: str) -> list[str]:
    """Which of the parts a page or paper does not say."""
    return [part for part in parts if part not in said]


class Life:
    """The chapters, in their order. ``owner`` is the contractor's person at the portal, ``own`` the contractor's
    machine at the API, ``bank`` the carrier's."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.house = stage, stage.house
        self.owner, self.own, self.bank = stage.visitor(OWNER), stage.integrator(OWNER), stage.integrator(DESK)
        self.soc = Soc(stage.visitor(ANALYST), stage.visitor(DESK))
        self.desk, self.admin, self.second = stage.desk(DESK), stage.desk(ADMIN), stage.desk(SECOND)
        self.application, self.contract, self.measure = "", "", ""

    def applies(self) -> None:
        """2025-03-03: the whole form with its consents is written at the portal, received, and queues (R043, R044)."""
        self.desk.enter_line(LINE, CONTRACTOR)
        self.application = applied_at_portal(self.owner)
        told = self.own.get(f"/applications/{self.application}")
        assert (told["state"], told["received_at"]) == ("received", "2025-03-03T01:00:00Z")
        assert told["contract"] is None

    def is_accepted(self) -> None:
        """2025-03-10 14:05: the acceptance fixes terms and prices, and the initial fee is owed from that day (R054)."""
        self.house.at("2025-03-10 14:05")
        self.is_screened()
        shown = self.desk.looks_at_acceptance(self.application).text
        assert missing(shown, "100,000", "27-1", "V6", "2025-01", LINE) == []
        self.contract = self.desk.accept(self.application)
        self.house.work()
        assert self.own.get(f"/applications/{self.application}")["contract"] == self.contract
        assert self.state() == "accepted"
        (initial,) = self.charges()
        # R110: the initial fee of the basic plan, by Art. 27-1, on the day of the acceptance.
        assert (initial["kind"], initial["yen"], initial["arises_on"]) == ("initial_fee", 100_000, "2025-03-10")
        assert (initial["article"], initial["price_list"]) == ("27-1", "2025-01")
        said = self.paper("acceptance_notice")
        told = (
            self.contract,
            "2025年3月10日",
            "初期費用（税抜）100,000円",
            "月額料金（税抜）80,000円",
            "料金表2025-01",
        )
        assert [part for part in told if part not in said] == []

    def is_screened(self) -> None:
        """A grey result stops the acceptance until another person has looked at it (R050)."""
        self.admin.screen(self.application, result="grey", evidence="同名の会社の記事")
        with pytest.raises(Refused, match=r"11-2\(6\)"):
            self.desk.accept(self.application)
        with pytest.raises(Refused, match=r"screening\."):
            self.admin.review_screening(self.application, "cleared", "別の会社")
        self.second.review_screening(self.application, "cleared", "所在地の異なる別の会社と確認しました。")

    def starts(self) -> None:
        """2025-04-15: service and billing begin; the first invoice holds the initial fee alone."""
        self.house.at("2025-04-01 03:00")
        self.house.work()
        # R119, R120: 100,000 + 10 % once = 110,000. R114: due on the last bank day of May (the 31st is a Saturday).
        self.invoiced("2025-03", net=100_000, tax=10_000, nontax=0, due_on="2025-05-30")
        self.house.at("2025-04-14 09:00")
        self.desk.begin(self.contract)
        with pytest.raises(Refused, match="第一通報者の電話番号"):
            self.desk.start(self.contract, dt.date(2025, 4, 15))
        reach_first(self.owner, self.contract)
        self.desk.as_built(self.contract, devices=1)
        shown = self.desk.looks_at_start(self.contract, dt.date(2025, 4, 15)).text
        assert "2026年3月31日" in shown
        self.desk.start(self.contract, dt.date(2025, 4, 15))
        self.house.at("2025-04-15 09:00")
        assert self.state() == "active"
        # R060, R061: month 1 is April 2025, month 12 March 2026; operations began with the service.
        assert self.terms() == {"service": "2025-04-15", "operations": "2025-04-15"}
        page = self.owner.open(f"/contracts/{self.contract}").text
        assert "2026年3月31日" in page

    def takes_an_option(self) -> None:
        """June 2025: logs for three years and one more account, asked for at the portal, which says what they cost."""
        self.month_ends("2025-05", "2025-04")
        # April in full, as proration is none (R111): 30,000 + 10,000 + 40,000 = 80,000.
        self.invoiced("2025-04", net=80_000, tax=8_000, nontax=0, due_on="2025-06-30")
        self.pays("2025-05-30", "2025-03", 110_000)
        self.month_ends("2025-06", "2025-05")
        self.invoiced("2025-05", net=80_000, tax=8_000, nontax=0, due_on="2025-07-31")

        self.house.at("2025-06-10 11:00")
        path = f"/contracts/{self.contract}/change"
        shown = self.owner.send(path, retention_years="3", add_accounts="1")
        # 80,000 before; two further years at 2,000 and an account at 1,000 make 85,000; the change costs 20,000 once.
        assert missing(shown.text, "80,000", "85,000", "20,000") == []
        self.owner.send(shown)
        self.house.at("2025-06-12 10:00")
        change = self.newest_application()
        shown = self.desk.looks_at_acceptance(change).text
        assert missing(shown, "2025年6月12日", "80,000", "85,000", "20,000") == []
        self.desk.accept_change(change)
        self.house.work()
        # R112: the one-time fee is owed from the acceptance. R062: each option has a term of its own.
        assert self.charge("one_time_fee") == (20_000, "2025-06-12", "27-1")
        began = self.terms()
        assert (began["log_retention"], began["extra_account"]) == ("2025-06-12", "2025-06-12")
        # Month 1 is June 2025, month 12 is May 2026.
        assert "2026年5月31日" in self.owner.open(f"/contracts/{self.contract}").text
        assert self.given()["log_retention_years"] == 3
        assert self.given()["portal_accounts"] == 2

    def changes_its_plan(self) -> None:
        """July 2025: the premium plan by its own quote from August on; the minimum term goes on (R069)."""
        self.pays("2025-06-30", "2025-04", 88_000)
        self.month_ends("2025-07", "2025-06")
        # 80,000 + 4,000 + 1,000 and the change's 20,000. The last bank day of August is Friday the 29th.
        self.invoiced("2025-06", net=105_000, tax=10_500, nontax=0, due_on="2025-08-29")

        self.house.at("2025-07-14 15:00")
        lines = {"monthly.plan.premium": 78_777, "monthly.access.custom": 25_000}
        quote = self.admin.quote(CONTRACTOR, lines, dt.date(2025, 9, 30))
        form = {"plan": "premium", "access_item": "custom", "quote": quote, "wished_on": "2025-08-01"}
        shown = self.own.post(f"/contracts/{self.contract}/changes/preview", {"form": form}, expect=200)
        # 78,777 + 25,000 + operations 40,000 + logs 4,000 + account 1,000 = 148,777.
        assert (shown["monthly_before_yen"], shown["monthly_after_yen"]) == (85_000, 148_777)
        asked = self.own.post(f"/contracts/{self.contract}/changes", {"form": form})
        self.house.at("2025-07-16 10:00")
        assert "2025年8月1日" in self.desk.looks_at_acceptance(asked["number"]).text
        self.desk.accept_change(asked["number"])
        self.house.work()
        assert "103,777" in self.admin.paper("quotation")
        self.pays("2025-07-31", "2025-05", 88_000)
        self.month_ends("2025-08", "2025-07")
        # July is still basic: 85,000, and the second change's 20,000.
        self.invoiced("2025-07", net=105_000, tax=10_500, nontax=0, due_on="2025-09-30")
        assert self.own.get(f"/contracts/{self.contract}")["standing"]["contents"]["plan"] == "premium"
        assert self.terms()["service"] == "2025-04-15"  # the term goes on, through 2026-03-31

    def falls_into_arrears(self) -> None:
        """The invoice of June is not paid on 2025-08-29: from the next day on a suspension may be proposed (R087)."""
        self.house.at("2025-08-30 09:00")
        self.house.work()
        self.month_ends("2025-09", "2025-08")
        # 148,777 and 10 %, 14,877.7, truncated (R120). The last bank day of October is Friday the 31st.
        self.invoiced("2025-08", net=148_777, tax=14_877, nontax=0, due_on="2025-10-31")
        assert self.invoice("2025-06")["open_yen"] == 115_500
        self.house.at("2025-09-05 09:00")
        self.house.work()
        self.desk.send_letter()
        self.house.work()
        # R116, as if paid on 09-06: from 08-30 to 09-05, 7 days; 115,500 x 7 x 4 / 10,000 = 323.4.
        letter = self.paper("dunning_letter")
        assert "115,500" in letter and "323" in letter

    def is_suspended(self) -> None:
        """Announced on 2025-09-08 with fact, reason and period (R083, R088), taken on the 16th; fees go on."""
        self.house.at("2025-09-08 10:00")
        shown, measure = self.desk.announce_suspension(self.contract, dt.date(2025, 9, 16))
        assert missing(shown.text, "2025年9月16日", "21-1(1)", "115,500", "月額料金は停止中も") == []
        self.house.drain()
        (notice,) = [mail for mail in self.house.mails_to(FIRST_MAIL) if measure in mail]
        assert all(part in notice for part in ("お支払いが確認できないため", "お支払いの確認まで", "115,500"))
        assert self.overlays() == []
        self.house.work()
        said = self.paper("suspension_notice")
        assert "お支払いの確認まで" in said and "2025年9月16日" in said
        self.house.at("2025-09-16 00:00")
        assert "2025-09-16 00:00" in self.desk.looks_at_step(measure, "take").text
        self.desk.steps(measure, "take")
        self.measure = measure
        assert self.overlays() == ["suspended"]
        assert (self.given()["enforceable"], self.given()["monitored"]) == ([], False)

    def pays_with_interest(self) -> None:
        """2025-09-29: the arrears are paid, the interest follows on the next invoice, the service resumes."""
        self.pays("2025-09-29", "2025-06", 115_500)
        self.desk.steps(self.measure, "lift", reason="お支払いを確認しました。")
        self.house.work()
        assert self.overlays() == []
        assert (self.given()["enforceable"], self.given()["monitored"]) == (["firewall", "ids_ips"], True)
        self.pays("2025-09-30", "2025-07", 115_500)
        self.month_ends("2025-10", "2025-09")
        # R116: from 08-30 to 09-28 are 30 days; 115,500 x 30 x 4 / 10,000 = 1,386, without tax (R118).
        # R087: the month is owed in full. The last bank day of November is Friday the 28th.
        self.invoiced("2025-09", net=148_777, tax=14_877, nontax=1_386, due_on="2025-11-28")
        assert self.charge("interest") == (1_386, "2025-09-29", "30-1")

    def suffers_a_breach(self) -> None:
        """2025-10-06: High at 10:00:00, nobody is called until 10:16: the breach is at 10:15:00 (R028, R030)."""
        self.house.at("2025-10-06 10:00:00")
        arrives(self.contract)
        incident = self.soc.determines("high")
        self.house.work()
        self.house.at("2025-10-06 10:15:00")
        self.house.work()
        assert "2025年10月6日" not in self.owner.open("/breaches").text  # the last second is still in time
        self.house.at("2025-10-06 10:16:00")
        self.soc.calls(incident)
        self.house.work()
        # R129: two weeks from the next day, 10-07, end with 10-20, 24:00.
        page = self.owner.open("/breaches").text
        assert incident in page and "2025年10月20日" in page and "24時" in page

    def is_credited(self) -> None:
        """The claim comes in the last second; the fault is ours; the credit is on the next invoice (R127 to R131)."""
        self.house.at("2025-10-08 09:00")
        self.soc.reviews("partner", "発信が遅れた。")
        self.house.at("2025-10-20 23:59:59")
        page = self.owner.open("/breaches")
        (form,) = [form for form in page.forms if form.action.endswith("/claim")]
        told = self.owner.send(page, urlsplit(form.action).path, words="電話がありませんでした。")
        # 148,777 / 50 = 2,975.54, truncated.
        assert "2,975" in told.text
        assert "148,777" in told.text
        assert "電話がありませんでした。" in self.paper("sla_claim")
        self.pays("2025-10-31", "2025-08", 163_654)
        self.month_ends("2025-11", "2025-10")
        # R131: 148,777 - 2,975 = 145,802; the tax is on the rest, 14,580.2, truncated. December 31 is no bank day.
        found = self.invoiced("2025-10", net=145_802, tax=14_580, nontax=0, due_on="2025-12-30")
        (credit,) = [line for line in found["lines"] if line["yen"] < 0]
        assert (credit["kind"], credit["yen"]) == ("credit_sla", -2_975)
        self.pays("2025-11-28", "2025-09", 165_040)

    def cancels(self) -> None:
        """2025-11-30: two months from the next day, 12-01, end with 2026-01-31 (R077), and it costs the rest (R066)."""
        self.house.at("2025-11-30 15:00")
        path = f"/contracts/{self.contract}/cancel"
        assert "2026年1月31日" in self.owner.open(path).text
        shown = self.owner.send(path)
        # Service: (78,777 + 25,000) x 2 months, February and March = 207,554. Operations: 40,000 x 2 = 80,000.
        # Logs: 4,000 x 4 months, February to May = 16,000. Account: 1,000 x 4 = 4,000. R063 does not help: the
        # service ends inside its own term.
        assert missing(shown.text, "207,554", "80,000", "16,000", "4,000", "307,554") == []
        self.owner.send(shown)
        assert self.state() == "notice_given"
        self.house.work()
        said = self.paper("cancellation_application")
        told = ("2025年11月30日15:00", "2026年1月31日", "207,554", "80,000", "16,000", "4,000")
        assert [part for part in told if part not in said] == []
        assert self.own.get(f"/contracts/{self.contract}")["standing"]["contents"]["ended_on"] == "2026-01-31"

    def ends(self) -> None:
        """The last month is owed in full, and with it, outside the tax, the early charges (R066, R067, R068)."""
        self.month_ends("2025-12", "2025-11")
        self.invoiced("2025-11", net=148_777, tax=14_877, nontax=0, due_on="2026-01-30")
        self.pays("2025-12-30", "2025-10", 160_382)
        self.month_ends("2026-01", "2025-12")
        self.invoiced("2025-12", net=148_777, tax=14_877, nontax=0, due_on="2026-02-27")
        self.pays("2026-01-30", "2025-11", 163_654)
        self.house.at("2026-01-31 23:59:59")
        assert self.given()["active"] is True
        self.house.at("2026-02-01 00:00")
        assert (self.given()["active"], self.state()) == (False, "ended")
        self.month_ends("2026-02", "2026-01")
        final = self.invoiced("2026-01", net=148_777, tax=14_877, nontax=307_554, due_on="2026-03-31")
        assert final["final"] is True
        early = {line["words"]: line["yen"] for line in final["lines"] if line["kind"] == "early_charge"}
        assert sorted(early.values()) == [4_000, 16_000, 80_000, 207_554]
        self.prints_its_last_invoice(final)
        self.pays("2026-02-27", "2025-12", 163_654)
        self.pays("2026-03-31", "2026-01", 471_208)
        assert sum(row["open_yen"] for row in self.own.get("/invoices", contract=self.contract)["items"]) == 0

    def prints_its_last_invoice(self, final: dict) -> None:
        """The paper says what an invoice has to say (§2.3), fetched from the API and the same bytes from the portal."""
        pdf = self.own.file(f"/invoices/{final['number']}/pdf")
        text = text_of(pdf)
        told = (
            "T7000012050002",
            "九重通信株式会社",
            CONTRACTOR,
            "148,777",
            "14,877",
            "307,554",
            "471,208",
            "2026年3月31日",
        )
        assert [part for part in told if part not in text] == []
        assert text_of(pdf) == self.paper("invoice")

    def is_erased(self) -> None:
        """Each category on its day (R139): accounts after six months, everything else after a year."""
        self.house.at("2026-07-31 12:00")
        self.house.work()
        assert self.stage.newcomer(OWNER) is not None  # the last day of six months from 02-01
        self.house.at("2026-08-01 00:30")
        self.house.work()
        with pytest.raises(AssertionError):
            self.stage.newcomer(OWNER)
        assert self.carriers()["contractor"]["name"] == CONTRACTOR
        self.house.at("2027-01-31 12:00")
        self.house.work()
        assert self.carriers()["standing"]["state"] == "retention"
        self.house.at("2027-02-01 00:30")
        self.house.work()
        self.house.at("2027-02-01 00:40")
        self.house.work()  # every part has heard of it and answered
        erased = self.carriers()
        assert (erased["standing"]["state"], erased["contractor"]["name"]) == ("erased", "")
        # What the law wants kept stays: the invoice still says to whom it was.
        number = self.bank.get("/invoices", contract=self.contract)["items"][0]["number"]
        assert CONTRACTOR in text_of(self.bank.file(f"/invoices/{number}/pdf"))

        self.has_its_certificate()

    def has_its_certificate(self) -> None:
        """What was erased, on paper, which names the contract and no longer the contractor; the carrier fetches it."""
        self.house.work()
        said = self.desk.paper("erasure_certificate")
        assert self.contract in said and "2026年1月31日" in said
        assert CONTRACTOR not in said

    def carriers(self) -> dict:
        """The contract as the carrier sees it."""
        return self.bank.get(f"/contracts/{self.contract}")

    def month_ends(self, following: str, month: str) -> None:
        """The night in which the month is billed: 03:00 of the first day after it."""
        self.house.at(f"{following}-01 03:00")
        self.house.work()
        assert self.invoice(month)["invoiced_on"] == f"{following}-01"

    def pays(self, on: str, month: str, yen: int) -> None:
        """The bank's file of that day is read in, and a person confirms what the machine proposes first."""
        self.house.at(f"{on} 17:00")
        number = self.invoice(month)["number"]
        read = self.desk.import_file(f"{on}.txt", transfer_notice(dt.date.fromisoformat(on), PAYER, yen))
        assert read.alarms == []
        seen = self.desk.looks_at_receipt()
        assert number in seen.text and f"{yen:,}" in seen.text
        self.desk.confirm_receipt(seen)
        assert self.invoice(month)["open_yen"] == 0

    def newest_application(self) -> str:
        return self.own.get("/applications", limit="1")["items"][0]["number"]

    def given(self) -> dict:
        return self.own.get(f"/contracts/{self.contract}/entitlements")

    def overlays(self) -> list[str]:
        return self.own.get(f"/contracts/{self.contract}")["standing"]["overlays"]

    def charge(self, kind: str) -> tuple[int, str, str]:
        """Yen, day and article of the first charge of a kind."""
        found = next(one for one in self.charges() if one["kind"] == kind)
        return found["yen"], found["arises_on"], found["article"]

    def paper(self, kind: str) -> str:
        """The text of the newest Japanese paper of a kind, fetched from the portal."""
        listed = self.owner.open(f"/papers?kind={kind}")
        found = [path for path in listed.links if path.startswith("/papers/")]
        texts = (text_of(self.owner.fetch(path)) for path in found)
        return next(text for text in texts if "年" in text)

    def state(self) -> str:
        return self.own.get(f"/contracts/{self.contract}")["standing"]["state"]

    def terms(self) -> dict[str, str]:
        """What runs with a minimum term -> the day from which it counts."""
        told = self.own.get(f"/contracts/{self.contract}/running")["running"]
        return {one["kind"]: one["started_on"] for one in told}

    def charges(self) -> list[dict]:
        return self.own.get(f"/contracts/{self.contract}/charges", limit="100")["items"]

    def invoice(self, month: str) -> dict:
        rows = self.own.get("/invoices", contract=self.contract)["items"]
        (found,) = [row for row in rows if row["month"] == f"{month}-01"]
        return found

    def invoiced(self, month: str, *, net: int, tax: int, nontax: int, due_on: str) -> dict:
        """The invoice of a month is this."""
        found = self.invoice(month)
        assert (found["net_yen"], found["tax_yen"], found["nontax_yen"]) == (net, tax, nontax)
        assert (found["total_yen"], found["due_on"]) == (net + tax + nontax, due_on)
        return found
