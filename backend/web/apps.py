from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "backend.web"
    label = "web"
    verbose_name = "接口公共部分"
    default_auto_field = "django.db.models.BigAutoField"
