from django.apps import AppConfig


class CityConfig(AppConfig):
    name = "backend.city"
    label = "city"
    verbose_name = "城市"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the cases which act follows on which decision."""
        from backend.city.case_acts import register_all  # models are ready only now

        register_all()
