"""The contractor's door."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "sekisho.portal"
    label = "portal"
