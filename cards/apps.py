from django.apps import AppConfig


class CardsConfig(AppConfig):
    name = "cards"
    label = "cards"
    verbose_name = "社会保障卡"
    default_auto_field = "django.db.models.BigAutoField"
