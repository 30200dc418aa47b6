from django.apps import AppConfig


class ApiConfig(AppConfig):
    """An app for its templates' sake; it has no models."""

    name = "sekisho.api"
    label = "api"
    verbose_name = "API"
