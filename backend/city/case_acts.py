"""Which act completes which kind of case (业务件办结动作)."""

from backend.cases import acts
from backend.people import deaths, identity_change
from insurance.accounts import leaving, transfers
from insurance.benefits import holds, merging
from insurance.enrolment import merge_months
from payments import accounts, discrepancies, seal_conditions


def register_all() -> None:
    """Fill the table of acts, once, at start."""
    acts.register("ACCOUNT_CHANGE", accounts.change)
    acts.register("DEATH", deaths.confirm)
    acts.register("DEATH.RECEIVED", deaths.begin)
    acts.register("DEATH.REJECTED", deaths.withdraw)
    acts.register("DEATH_WITHDRAWAL", deaths.withdraw)
    acts.register("DISCREPANCY", discrepancies.complete)
    acts.register("OVERRIDE", seal_conditions.override)
    acts.register("HOLD", holds.hold)
    acts.register("HOLD_RELEASE", holds.release)
    acts.register("STOP", holds.stop)
    acts.register("MERGE", merging.merge_persons)
    acts.register("ENROLMENT_MERGE", merge_months.merge_months)
    acts.register("IDENTITY_CHANGE", identity_change.apply)
    acts.register("ACCOUNT_INHERITANCE", leaving.inherit)
    acts.register("ACCOUNT_LUMP_SUM", leaving.pay_lump_sum)
    acts.register("TRANSFER_OUT", transfers.send)
    acts.register("TRANSFER_IN", transfers.receive)
