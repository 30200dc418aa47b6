from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "sekisho.apps.documents"
    label = "documents"
    verbose_name = "Documents"
