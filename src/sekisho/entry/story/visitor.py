"""A contractor's browser, in the smallest form: logs in over HTTP and opens a page."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request

REQUEST_SECONDS_MAX = 20
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class VisitError(Exception):
    """The page could not be opened as this person."""


class Visitor:
    """One session with the platform's web address."""

    def __init__(self, base_url: str):
        self._base_url = base_url.rstrip("/")
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def log_in(self, email: str, password: str) -> None:
        page = self.open("/accounts/login/")
        token = TOKEN.search(page)
        if token is None:
            raise VisitError("the login page has no form")
        form = {"login": email, "password": password, "csrfmiddlewaretoken": token[1]}
        after = self._request("/accounts/login/", urllib.parse.urlencode(form).encode())
        if 'name="password"' in after:
            raise VisitError(f"{email} could not log in")

    def open(self, path: str) -> str:
        """The page's HTML, or VisitError with the status."""
        return self._request(path, None)

    def _request(self, path: str, body: bytes | None) -> str:
        url = self._base_url + path
        request = urllib.request.Request(url, data=body, headers={"Referer": url, "Accept-Language": "ja"})  # noqa: S310
        try:
            with self._opener.open(request, timeout=REQUEST_SECONDS_MAX) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise VisitError(f"{path} answered {error.code}") from error
