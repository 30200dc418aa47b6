from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "sekisho.apps.fleet"
    label = "fleet"
    verbose_name = "Fleet"
