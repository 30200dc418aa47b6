from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "sekisho.apps.billing"
    label = "billing"
    verbose_name = "Billing"

    def ready(self) -> None:
        from sekisho.apps.contracts.papering.knowing import knows

        from .known_to_papers import KNOWN

        knows(KNOWN)
