"""What a correction of what was taken over weighs (接管应缴更正的分量): all of its payer.

A case names one scheme and month; who may give up how much is told of the whole. So each names how
much falls of its payer together with what other cases lowered before or wait to lower. What is
named is signed, and can be weighed again for ever.
"""

from backend.cases import content
from backend.cases.authority import Weight
from backend.cases.content import WAITING, Asks
from backend.cases.models import Case, CaseState
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.people.queries import family_of

COUNT = (*WAITING, CaseState.APPROVED)


class WholeDiffers(Refusal):
    """By the whole that is signed it is decided who approves (累计核减不符)."""

    code = "collection_taken_over_whole_differs"


def weigh(asks: Asks) -> Weight:
    """What a COLLECTION_TAKEN_OVER case weighs: the ``whole`` (yuan) that falls of its payer."""
    return Weight(fen=content.fen(asks, "whole", "累计核减"))


def refuse_other_whole(case: Case) -> None:
    """At its receipt a case names exactly what falls of its payer, with it and all before it.

    Raises:
        WholeDiffers, ContentInvalid, MoneyInvalid.
    """
    _refuse(case, differs=_named(case) != whole_of(case=case))


def refuse_lighter(case: Case) -> None:
    """When it is decided none before it may weigh more than it names; what fell away may.

    Raises:
        as ``refuse_other_whole``.
    """
    _refuse(case, differs=_named(case) < whole_of(case=case))


def whole_of(*, case: Case) -> int:
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


def _named(case: Case) -> int:
    return content.fen(case, "whole", "累计核减")


def _refuse(case: Case, *, differs: bool) -> None:
    if differs:
        raise WholeDiffers(
            "连同该缴款人在它以前受理的接管应缴更正（已核减、待办的），"
            f"累计核减 {Money(whole_of(case=case))} 元；"
            "由谁审批按累计定，请按此填写累计核减，已受理的退回后重新受理。",
            case_id=case.pk,
        )
