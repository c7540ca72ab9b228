from django.apps import AppConfig


class CityConfig(AppConfig):
    name = "backend.city"
    label = "city"
    verbose_name = "城市"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the cases which act follows on which decision, and what each weighs."""
        from backend.city import case_acts, case_steps, case_weights  # models are ready only now

        case_acts.register_all()
        case_weights.register_all()
        case_steps.register_all()
