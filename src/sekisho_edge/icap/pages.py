"""Pages that people see instead of what was refused: Japanese and English, nothing in them that runs. Pure.

The same page is Squid's template for sites that the URL filter refuses (``squid_template``): there Squid itself puts
in the address, and escapes it.
"""

from __future__ import annotations

import html
from dataclasses import dataclass

SHOWN_CHARS_MAX = 300


@dataclass(frozen=True)
class Refusal:
    """Why, in both languages."""

    ja: str
    en: str


SITE = Refusal("このページは、管理者の設定により表示できません。", "Your administrator does not allow this page.")
VIRUS = Refusal(
    "ダウンロードしたファイルからウイルスが見つかったため、止めました。",
    "A virus was found in the file that you downloaded. The file was stopped.",
)
UPLOAD = Refusal(
    "送信したファイルからウイルスが見つかったため、止めました。",
    "A virus was found in the file that you sent. The file was stopped.",
)
UNSCANNED = Refusal(
    "ファイルを検査できなかったため、管理者の設定により止めました。",
    "The file could not be scanned, and your administrator does not allow such files.",
)
VIEW_ONLY = Refusal(
    "このサービスは閲覧だけが許可されています。書き込み、送信、アップロードはできません。",
    "This service is view only here: posting, sending and uploading are not allowed.",
)
CERTIFICATE = Refusal(
    "接続先の証明書を確認できないため、接続しませんでした。",
    "The site's certificate can't be trusted, so no connection was made.",
)
HELD = Refusal(
    "ファイルの詳しい検査が時間内に終わらなかったため、止めました。しばらくしてからもう一度お試しください。",
    "The file is still being examined. Please try again later.",
)

_PAGE = """<!doctype html>
<html lang="ja">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: system-ui, "Noto Sans CJK JP", "Hiragino Sans", Meiryo, sans-serif; line-height: 1.7;
  max-width: 40rem; margin: 4rem auto; padding: 0 1rem; color: #1d2733; background: #fff }}
h1 {{ font-size: 1.3rem; border-left: .4rem solid #a8322a; padding-left: .7rem }}
dl {{ background: #f2f4f6; padding: 1rem; overflow-wrap: anywhere }}
dt {{ font-weight: 600 }} dd {{ margin: 0 0 .6rem }}
</style>
</head>
<body>
<main>
<h1>{ja}</h1>
<p lang="en">{en}</p>
{message}<dl>
{facts}</dl>
</main>
</body>
</html>
"""


def page(refusal: Refusal, facts: dict[str, str], message: str = "") -> bytes:
    """The page for one refusal. ``facts`` by their label; empty ones are left out. Everything is escaped."""
    shown = {label: html.escape(value[:SHOWN_CHARS_MAX]) for label, value in facts.items() if value}
    return _filled(refusal, shown, html.escape(message)).encode()


def squid_template(refusal: Refusal, message: str = "") -> str:
    """The same page in the form of Squid's error pages: ``%U`` becomes the address, escaped by Squid."""
    spoken = html.escape(message).replace("%", "%%")
    return _filled(refusal, {"URL": "\0", "client": "\1"}, spoken).replace("\0", "%U").replace("\1", "%i")


def _filled(refusal, facts, message):
    lines = "".join(f"<dt>{label}</dt><dd>{value}</dd>\n" for label, value in facts.items())
    spoken = f"<p>{message}</p>\n" if message else ""
    title = "関所 Sekisho"
    return _PAGE.format(title=title, ja=refusal.ja, en=refusal.en, message=spoken, facts=lines)
