"""Error pages that say what happened, what it means and what to do. They need no database and no session."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

_PAGES = {
    400: (_("This request could not be read"), _("Nothing was changed."), _("Go back, reload the page and try again.")),
    403: (
        _("This action is not open to you"),
        _("Your role does not include it, or the page was open too long. Nothing was changed."),
        _("Reload the page and try again, or ask the person who manages your organisation's accounts."),
    ),
    404: (
        _("There is nothing here that you can see"),
        _("The address may be mistyped, or the page belongs to another contract."),
        _("Check the address, or start again from the first page."),
    ),
    500: (
        _("Something failed on our side"),
        _("Your data is safe; monitoring and notices go on. The failure has been recorded."),
        _("Try again in a minute. In an urgent case, phone the number of your contract."),
    ),
}


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 400)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 403)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For CSRF_FAILURE_VIEW; the reason is for developers, not for pages."""
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """Drawn without the request, because what failed may be the session or the database."""
    return HttpResponse(render_to_string("error.html", _words(500)), status=500)


def _page(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, "error.html", _words(status), status=status)


def _words(status: int) -> dict[str, object]:
    what, meaning, remedy = _PAGES[status]
    return {"status": status, "what": what, "meaning": meaning, "remedy": remedy}
