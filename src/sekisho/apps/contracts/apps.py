from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "sekisho.apps.contracts"
    label = "contracts"
    verbose_name = "Contracts"
