from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "sekisho.apps.audit"
    label = "audit"
    verbose_name = "Audit"
