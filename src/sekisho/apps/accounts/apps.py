from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "sekisho.apps.accounts"
    label = "accounts"
    verbose_name = "Accounts"
