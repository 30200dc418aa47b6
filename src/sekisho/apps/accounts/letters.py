"""The mail that invites a person, in Japanese or English. Pure text."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sekisho.terms.moments import tokyo


class InvitationFacts(NamedTuple):
    name: str
    organisation: str
    link: str
    expires_at: dt.datetime


def subject(language: str) -> str:
    if language == "en":
        return "Your account for the security service portal"
    return "セキュリティサービス ポータルへのご招待"


def body(facts: InvitationFacts, language: str) -> str:
    until = tokyo(facts.expires_at)
    if language == "en":
        return f"""To {facts.name}, {facts.organisation}

An account for the security service has been prepared for you.
Please open this page and choose a password:

{facts.link}

The link works once, until {until:%Y-%m-%d %H:%M} (Tokyo).
If you do not expect this mail, please ignore it: without the link nobody can use the account.
"""
    return f"""{facts.organisation}
{facts.name} 様

セキュリティサービスのアカウントをご用意しました。
次のページを開き、パスワードを設定してください。

{facts.link}

このリンクは1回だけ、{until.year}年{until.month}月{until.day}日 {until:%H:%M}まで使えます。
お心当たりのない場合は、このメールを破棄してください。リンクを使わなければ、誰もこのアカウントを利用できません。
"""
