from django.apps import AppConfig


class TariffConfig(AppConfig):
    name = "sekisho.apps.tariff"
    label = "tariff"
    verbose_name = "Tariff"
