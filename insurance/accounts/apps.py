from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "insurance.accounts"
    label = "accounts"
    verbose_name = "个人账户"
    default_auto_field = "django.db.models.BigAutoField"
