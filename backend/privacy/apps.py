from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "backend.privacy"
    label = "privacy"
    verbose_name = "字段分类"
    default_auto_field = "django.db.models.BigAutoField"
