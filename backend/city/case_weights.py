"""What each kind of case weighs (业务件的分量), and so by which row of the table it is decided."""

from backend.cases import weights
from insurance.collection.cases import (
    back_payment,
    late_fee_case,
    refund_weight,
    suspense,
    taken_over_weight,
    treasury_refund,
)
from insurance.pension import approval

# The amount that is decided stands in their content, which is signed.
NAME_THEIR_AMOUNT = (
    "COLLECTION_FIXED_AMOUNT",
    "DUE_INHERITANCE",
    "RECOVERY_ORDER",
    "RECOVERY_PAY_BACK",
)


def register_all() -> None:
    """Fill the table of weights, once, at start."""
    for kind in NAME_THEIR_AMOUNT:
        weights.register(kind, weights.amount_named)
    weights.register("COLLECTION_BACK_PAYMENT", back_payment.weigh)
    weights.register("COLLECTION_LATE_FEE", late_fee_case.weigh)
    weights.register("COLLECTION_REFUND", refund_weight.WHOLE.weigh)
    weights.register("COLLECTION_SUSPENSE", suspense.weigh)
    weights.register("COLLECTION_TAKEN_OVER", taken_over_weight.WHOLE.weigh)
    weights.register("COLLECTION_TREASURY_REFUND", treasury_refund.weigh)
    weights.register("RETIREMENT_APPROVAL", approval.weigh)
