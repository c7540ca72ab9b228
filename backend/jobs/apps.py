from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "backend.jobs"
    label = "jobs"
    verbose_name = "作业"
    default_auto_field = "django.db.models.BigAutoField"
