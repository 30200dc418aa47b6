"""The room that both doors share: templates, styles, words, error pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "sekisho.web"
    label = "web"
