from django.apps import AppConfig


class PensionConfig(AppConfig):
    name = "insurance.pension"
    label = "pension"
    verbose_name = "养老保险"
    default_auto_field = "django.db.models.BigAutoField"
