"""Which door a path leads to."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from sekisho.web import invitations


def health(request: HttpRequest) -> HttpResponse:
    """Says ok when this process reaches its database; for the supervisor and load balancers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("healthz", health, name="health"),
    path("", include("sekisho.portal.urls")),
    path("console/", include("sekisho.console.urls")),
    path("invitations/<str:link>", invitations.accept, name="account_accept_invitation"),
    path("accounts/", include("allauth.urls")),
    path("api/", include("sekisho.api.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]

handler400 = "sekisho.web.errors.bad_request"
handler403 = "sekisho.web.errors.refused"
handler404 = "sekisho.web.errors.not_found"
handler500 = "sekisho.web.errors.failed"
