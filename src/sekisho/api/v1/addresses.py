"""The API's addresses: one view a path, the OpenAPI document, the page for people, and a 404 that is a problem too."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.http import require_safe

from .catalogue import by_path
from .door import door, no_such_address
from .openapi import document_bytes
from .reference import reference


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document; it says nothing about any contract and needs no token."""
    return HttpResponse(document_bytes(), content_type="application/json")


def _pattern(route: str) -> str:
    return route.removeprefix("/").replace("{", "<str:").replace("}", ">")


def _name(route: str) -> str:
    """``/contracts/{contract_number}/history`` is "v1.contracts.contract_number.history"."""
    return "v1" + route.replace("/", ".").replace("{", "").replace("}", "")


urlpatterns: list[URLPattern] = [
    path("openapi.json", openapi, name="openapi"),
    path("reference", reference, name="reference"),
    *(path(_pattern(route), door(operations), name=_name(route)) for route, operations in by_path().items()),
    re_path(r"^.*$", no_such_address, name="no_such_address"),
]
