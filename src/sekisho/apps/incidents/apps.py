from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "sekisho.apps.incidents"
    label = "incidents"
    verbose_name = "Incidents"

    def ready(self) -> None:
        from sekisho.apps.contracts.actions.after_end import reads_erasures

        from .erasing import CATEGORIES, PART

        reads_erasures(PART, CATEGORIES)
