"""A person before the pages: logs in once, opens pages, and sends the very forms that stand on them.

Nothing is posted that the page does not offer: a form has to be there, with the fields that are filled in, and
everything else goes back as the page had it, the token against forged requests included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from ..apps.world import PASSWORD
from ..doors.conftest import totp

Filled = Mapping[str, "str | Sequence[str]"]
CALL_SECONDS_MAX = 120
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
"""Elements that are never closed."""


@dataclass
class Form:
    """One form of a page: where it goes, and what a browser would send if nobody touched it."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    offers: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """What a page says, in plain words, and its forms."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self.status, self.url, self.forms = answer.status_code, answer.url, []
        self.links: list[str] = []
        self.alarms: list[str] = []
        self._said: list[str] = []
        self._alarm: list[str] | None = None
        self._depth = 0
        self._quiet = 0
        self._form: Form | None = None
        self._open: dict[str, str] = {}
        self.feed(answer.text)

    @property
    def text(self) -> str:
        """Every word that is shown, with single spaces."""
        return " ".join("".join(self._said).split())

    def confirmation(self) -> Form | None:
        """The form that does what the page shows; None where something speaks against it."""
        return next((form for form in self.forms if dict(form.values).get("confirmed")), None)

    def form(self, action: str) -> Form:
        """The form whose address ends like this."""
        found = [form for form in self.forms if urlsplit(form.action).path.endswith(action)]
        assert found, f"no form for {action} on {self.url}: {[form.action for form in self.forms]}"
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag in ("script", "style", "template"):
            self._quiet += 1
        if self._alarm is not None and tag not in VOID:
            self._depth += 1
        elif told.get("role") == "alert" or told.get("data-level") in ("error", "warning"):
            self._alarm, self._depth = [], 1
        if tag == "a" and told.get("href"):
            self.links.append(told["href"])
        if tag == "form":
            self._form = Form(urljoin(self.url, told.get("action") or self.url), told.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, told)
        self._said.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._alarm is not None and tag not in VOID:
            self._depth -= 1
            self._sound()
        if tag in ("script", "style", "template"):
            self._quiet -= 1
        elif tag == "form":
            self._form = None
        elif tag == "select" and self._open.get("select"):
            self._end_select()
        elif tag == "textarea" and "textarea" in self._open and self._form is not None:
            self._form.values.append((self._open.pop("textarea"), self._open.pop("text", "").lstrip("\n")))
        self._said.append(" ")

    def handle_data(self, data: str) -> None:
        if "textarea" in self._open:
            self._open["text"] = self._open.get("text", "") + data
        elif not self._quiet:
            self._said.append(data)
            if self._alarm is not None:
                self._alarm.append(data)

    def _sound(self) -> None:
        """The alarm is whole once its element is closed."""
        if self._depth == 0 and self._alarm is not None:
            self.alarms.append(" ".join("".join(self._alarm).split()))
            self._alarm = None

    def _field(self, tag: str, told: dict[str, str]) -> None:
        assert self._form is not None
        name = told.get("name", "")
        if tag in ("input", "select", "textarea") and name:
            self._form.offers.add(name)
        if tag == "select":
            self._open = {"select": name, "first": "", "chosen": ""}
        elif tag == "option" and self._open.get("select"):
            self._open["first"] = self._open["first"] or f"={told.get('value', '')}"
            if "selected" in told:
                self._open["chosen"] = f"={told.get('value', '')}"
        elif tag == "textarea":
            self._open = {"textarea": name}
        elif tag == "button" and name:
            self._form.offers.add(name)
            self._form.buttons.append((name, told.get("value", "")))
        elif tag == "input" and told.get("type") == "file":
            self._form.files.append(name)
        elif tag == "input" and name and self._is_sent(told):
            self._form.values.append((name, told.get("value", "on" if told.get("type") == "checkbox" else "")))

    def _is_sent(self, told: dict[str, str]) -> bool:
        kind = told.get("type", "text")
        return kind not in ("submit", "button", "file") and (kind not in ("checkbox", "radio") or "checked" in told)

    def _end_select(self) -> None:
        assert self._form is not None
        chosen = self._open["chosen"] or self._open["first"]
        if chosen:
            self._form.values.append((self._open["select"], chosen[1:]))
        self._open = {}


class Visitor:
    """One person's browser. Its session counts the machine's own time, so moving the platform's clock ends none."""

    def __init__(self, url: str, email: str, *, language: str = "ja", totp_secret: str = "") -> None:
        self.url, self.email = url, email
        self._browser = requests.Session()
        self._browser.headers["Accept-Language"] = language
        self._log_in(totp_secret)

    def open(self, path: str) -> Page:
        """The page, wherever it leads to; 200 or the test ends."""
        answer = self._browser.get(urljoin(self.url, path), timeout=CALL_SECONDS_MAX)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return Page(answer)

    def look(self, path: str) -> int:
        """Only the status of a page."""
        return self._browser.get(urljoin(self.url, path), timeout=CALL_SECONDS_MAX).status_code

    def fetch(self, path: str) -> bytes:
        """A file."""
        answer = self._browser.get(urljoin(self.url, path), timeout=CALL_SECONDS_MAX)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.content

    def send(self, page: str | Page, action: str = "", **filled: str | Sequence[str]) -> Page:
        """Open the page, fill in the form that goes to ``action``, send it, and see where that leads."""
        seen = self.open(page) if isinstance(page, str) else page
        return self.send_form(seen, seen.form(action or urlsplit(seen.url).path), **filled)

    def send_form(self, seen: Page, form: Form, **filled: str | Sequence[str]) -> Page:
        """Fill in this form of a page that was seen, send it, and see where that leads."""
        strange = filled.keys() - form.offers
        assert not strange, f"the form {form.action} has no {strange}, but {sorted(form.offers)}"
        kept = [(name, value) for name, value in form.values if name not in filled]
        told = [(name, one) for name, value in filled.items() for one in _each(value)]
        return self._sent(seen, form, data=[*kept, *told])

    def send_file(self, path: str, action: str, name: str, content: bytes) -> Page:
        """Open the page and give a file to its form that takes one."""
        seen = self.open(path)
        form = seen.form(action)
        (field,) = form.files
        return self._sent(seen, form, data=form.values, files={field: (name, content)})

    def _sent(self, seen: Page, form: Form, **body: Any) -> Page:
        answer = self._browser.request(
            form.method, form.action, headers={"Referer": seen.url}, timeout=CALL_SECONDS_MAX, **body
        )
        assert answer.status_code == 200, f"{form.action}: {answer.status_code} {Page(answer).text[:500]}"
        return Page(answer)

    def close(self) -> None:
        self._browser.close()

    def _log_in(self, totp_secret: str) -> None:
        page = self.send("/accounts/login/", login=self.email, password=PASSWORD)
        if totp_secret:
            page = self.send(page, code=totp(totp_secret))
        assert "/accounts/" not in page.url, page.text


def _each(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
