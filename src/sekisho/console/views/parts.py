"""The living page of parts: every component once, with made-up data, so that all are seen and tested together."""

from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from sekisho.triage import words

from ..entering import enters

HOSTILE_TEXT = "<script>alert(1)</script> \x1b[31mred\x1b[0m \u202egnp.exe\u202c ​"
"""What an attacker writes into a log: markup, a terminal's escape, a reversed file name, a hidden space."""

_EVE = {
    "timestamp": "2026-05-04T02:12:58.120394+0900",
    "event_type": "alert",
    "src_ip": "192.0.2.44",
    "src_port": 51034,
    "dest_ip": "10.0.0.10",
    "dest_port": 80,
    "proto": "TCP",
    "alert": {"action": "allowed", "signature_id": 2034647, "signature": "ET EXPLOIT path traversal", "severity": 1},
    "http": {"hostname": "www.example.jp", "url": "/cgi-bin/.%2e/%2e%2e/bin/sh", "http_user_agent": HOSTILE_TEXT},
}  # fmt: skip


@require_safe
@enters
def parts(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    example = {
        "place": "parts",
        "line": _line(now),
        "hostile_line": _hostile_line(now),
        "clocks": _clocks(now),
        "group": _group(now),
        "proposal": _proposal(now),
        "moments": _moments(now),
        "levels": ("high", "medium", "low", "informational", None),
        "outcomes": ("blocked", "allowed", "detected", "unknown"),
    }
    return render(request, "console/parts.html", example)


def _line(now: dt.datetime) -> SimpleNamespace:
    flow = ("192.0.2.44:51034", "10.0.0.10:80")
    return SimpleNamespace(time=now, summary="ET EXPLOIT Apache path traversal", outcome="allowed", device="UTM100001",
                           flow=flow, raw=json.dumps(_EVE))  # fmt: skip


def _hostile_line(now: dt.datetime) -> SimpleNamespace:
    raw = f"<34>1 2026-05-04T02:13:01Z gw httpd - - GET /{HOSTILE_TEXT}".encode()
    return SimpleNamespace(time=now, summary=HOSTILE_TEXT, outcome="detected", device="UTM100001", flow=None, raw=raw)


def _clocks(now: dt.datetime) -> list[SimpleNamespace]:
    def one(age: int, limit: int, stopped: int | None = None, state: str = "") -> SimpleNamespace:
        begun = now - dt.timedelta(seconds=age)
        stop = None if stopped is None else begun + dt.timedelta(seconds=stopped)
        return SimpleNamespace(started=begun, due=begun + dt.timedelta(seconds=limit), stopped=stop, state=state)

    return [one(120, 900), one(660, 900), one(980, 900), one(900, 900, 192), one(1800, 3600, None, "superseded")]


def _group(now: dt.datetime) -> SimpleNamespace:
    factors = [
        {"name": "level", "points": 73.0, "ja": words.BASE["high"].ja, "en": words.BASE["high"].en},
        {"name": "outcome", "points": 6.1, "ja": words.OUTCOME["allowed"].ja, "en": words.OUTCOME["allowed"].en},
        {"name": "criticality", "points": -3.4, "ja": words.CRITICALITY[1].ja, "en": words.CRITICALITY[1].en},
    ]
    return SimpleNamespace(pk=0, score=75.7, factors=factors, proposed_level="high", first_at=now, last_at=now)


def _proposal(now: dt.datetime) -> SimpleNamespace:
    return SimpleNamespace(
        target="192.0.2.44", performer="soc", urgency="immediate", answer="", answer_due_at=now + dt.timedelta(hours=4),
        recommendation_ja="送信元IPアドレス192.0.2.44からの通信を遮断することを推奨いたします。",
        recommendation_en="We recommend blocking traffic from the source address 192.0.2.44.",
        reason_ja="Webサーバーの脆弱性を突く通信が、遮断されずに到達しています。",
        reason_en="Traffic that exploits a web server weakness reached the server without being blocked.",
        impact_ja="この送信元からの通信がすべて止まります。ほかの通信には影響しません。",
        impact_en="All traffic from this source stops. No other traffic is affected.",
    )  # fmt: skip


def _moments(now: dt.datetime) -> list[SimpleNamespace]:
    told = [
        ("", "セキュリティ装置が通信を検知しました", "The device detected the traffic", 14),
        ("decision", "アナリストがHighと判定しました", "The analyst determined High", 9),
        ("notice-sent", "第一通報者に電話をかけました", "The first contact was phoned", 6),
        ("stopped", "通信を遮断しました", "The traffic was blocked", 2),
    ]
    return [
        SimpleNamespace(kind=kind, words={"ja": ja, "en": en}, at=now - dt.timedelta(minutes=minutes))
        for kind, ja, en, minutes in told
    ]
