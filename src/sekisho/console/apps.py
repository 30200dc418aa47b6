"""The carrier's and the partner's door."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "sekisho.console"
    label = "console"
