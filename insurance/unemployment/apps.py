from django.apps import AppConfig


class UnemploymentConfig(AppConfig):
    name = "insurance.unemployment"
    label = "unemployment"
    verbose_name = "失业保险"
    default_auto_field = "django.db.models.BigAutoField"
