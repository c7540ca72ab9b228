from django.apps import AppConfig


class BenefitsConfig(AppConfig):
    name = "insurance.benefits"
    label = "benefits"
    verbose_name = "待遇发放"
    default_auto_field = "django.db.models.BigAutoField"
