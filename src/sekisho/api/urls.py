"""The machine's door."""

from __future__ import annotations

from django.urls import include, path

from . import devices

app_name = "api"
urlpatterns = [
    path("devices/enrol", devices.enrol, name="enrol"),
    path("v1/", include("sekisho.api.v1.addresses")),
]
