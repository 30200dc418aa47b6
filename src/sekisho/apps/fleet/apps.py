from django.apps import AppConfig


class FleetConfig(AppConfig):
    name = "sekisho.apps.fleet"
    label = "fleet"
    verbose_name = "Fleet"

    def ready(self) -> None:
        from sekisho.apps.contracts.actions.after_end import reads_erasures

        from .erasing import CATEGORIES, PART

        reads_erasures(PART, CATEGORIES)
