from django.apps import AppConfig


class AdjustingConfig(AppConfig):
    name = "insurance.pension.adjusting"
    label = "adjusting"
    verbose_name = "养老金调整"
    default_auto_field = "django.db.models.BigAutoField"
