from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "sekisho.apps.notices"
    label = "notices"
    verbose_name = "Notices"
