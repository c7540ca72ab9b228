from django.apps import AppConfig


class IssuingConfig(AppConfig):
    name = "insurance.issuing"
    label = "issuing"
    verbose_name = "文书出具"
    default_auto_field = "django.db.models.BigAutoField"
