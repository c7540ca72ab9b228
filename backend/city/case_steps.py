"""Which kinds of cases say by the general paper how they were computed (决定的计算过程)."""

from insurance.issuing import decided_steps
from insurance.pension import decided_steps as pension


def register_all() -> None:
    """Fill the table of steps, once, at start."""
    decided_steps.register("ONE_OFF_PAYMENT", pension.of_one_off)
    decided_steps.register("ALLOWANCE_TO_PENSION", pension.of_transition)
