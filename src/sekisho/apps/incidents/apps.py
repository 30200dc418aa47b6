from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "sekisho.apps.incidents"
    label = "incidents"
    verbose_name = "Incidents"
