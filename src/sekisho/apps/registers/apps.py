from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "sekisho.apps.registers"
    label = "registers"
    verbose_name = "Registers"

    def ready(self) -> None:
        from sekisho.apps.contracts.actions.after_end import reads_erasures

        from .erasing import CATEGORIES, PART

        reads_erasures(PART, CATEGORIES)
