from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "payments.ledger"
    label = "ledger"
    verbose_name = "基金账"
    default_auto_field = "django.db.models.BigAutoField"
