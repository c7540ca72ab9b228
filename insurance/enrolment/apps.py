from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    name = "insurance.enrolment"
    label = "enrolment"
    verbose_name = "参保登记"
    default_auto_field = "django.db.models.BigAutoField"
