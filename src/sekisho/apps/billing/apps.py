from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "sekisho.apps.billing"
    label = "billing"
    verbose_name = "Billing"

    def ready(self) -> None:
        from sekisho.apps.contracts.actions.after_end import reads_erasures
        from sekisho.apps.contracts.papering.knowing import knows

        from .erasing import CATEGORIES, PART
        from .known_to_papers import KNOWN

        knows(KNOWN)
        reads_erasures(PART, CATEGORIES)
