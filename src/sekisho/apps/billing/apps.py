from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "sekisho.apps.billing"
    label = "billing"
    verbose_name = "Billing"
