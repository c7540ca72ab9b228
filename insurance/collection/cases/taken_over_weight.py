"""What a correction of what was taken over weighs (接管应缴更正的分量): all of its payer.

A case names one scheme and month; who may give up how much is told of the whole. So each names how
much falls of its payer together with what other cases lowered before or wait to lower. What is
named is signed, and can be weighed again for ever.
"""

from backend.cases.content import WAITING
from backend.cases.models import Case, CaseState
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.people.queries import family_of
from insurance.collection.cases.wholes import Whole

COUNT = (*WAITING, CaseState.APPROVED)


class WholeDiffers(Refusal):
    """By the whole that is signed it is decided who approves (累计核减不符)."""

    code = "collection_taken_over_whole_differs"


def whole_of(case: Case) -> int:
    """Give how much (fen) falls of a case's payer, by it and by all received before it, of any
    scheme and month, that agencies of its agency's kind approved or are still to decide."""
    others = Case.objects.filter(
        pk__lt=case.pk,
        kind=case.kind,
        party__in=family_of(party_id=case.party_id),
        agency__kind=case.agency.kind,
        state__in=COUNT,
    )
    amounts = [case.content.get("amount"), *others.values_list("content__amount", flat=True)]
    return sum(Money.yuan(amount).fen for amount in amounts)


def _refused(case: Case, whole: int) -> WholeDiffers:
    return WholeDiffers(
        "连同该缴款人在它以前受理的接管应缴更正（已核减、待办的），"
        f"累计核减 {Money(whole)} 元；"
        "由谁审批按累计定，请按此填写累计核减，已受理的退回后重新受理。",
        case_id=case.pk,
    )


WHOLE = Whole("累计核减", whole_of, _refused)
