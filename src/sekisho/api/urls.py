"""The machine's door."""

from __future__ import annotations

from django.urls import path

from . import devices

app_name = "api"
urlpatterns = [path("devices/enrol", devices.enrol, name="enrol")]
