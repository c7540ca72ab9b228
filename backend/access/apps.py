from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "backend.access"
    label = "access"
    verbose_name = "机构、人员与权限"
    default_auto_field = "django.db.models.BigAutoField"
