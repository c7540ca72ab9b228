"""What a refund weighs (退费的分量): all that goes back to whom it belongs in the same year.

A case names one person, one scheme and some months; who may let go how much is told of the whole.
So each names how much goes back together with what cases received before it decided in the year or
wait to decide: the last weighs all, and each can be decided in any order. What is named is signed,
and can be weighed again for ever.

It belongs to the payer: to an employer whomever of its people it was paid for, to whoever pays for
himself; but a resident's year to the resident, for the village only gathers it. A year is the
calendar's, as the funds' budget and accounts are: refunds come back every year, so without an end
a payer would weigh more and more for nothing that it asks now. It is our own rule, no law's.
"""

from django.db.models import Q, Sum

from backend.cases import content
from backend.cases.content import WAITING, Asks
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.people.queries import family_of
from insurance.collection.cases.wholes import Whole
from insurance.collection.debts.standing import YEARLY
from insurance.collection.models import RefundState, TreasuryRefund


class WholeDiffers(Refusal):
    """By the whole that is signed it is decided who approves (累计退费不符)."""

    code = "collection_refund_whole_differs"


def whole_of(case: Case) -> int:
    """Give how much (fen) goes back to whom a case's refund belongs, by it and by all received
    before it, of any scheme and months, that agencies of its agency's kind decided in the year of
    its day and nobody withdrew, or are still to decide."""
    family = family_of(party_id=_owner(case))
    return _amount(case) + _waiting(case, family) + _decided(case, family)


def _owner(asks: Asks) -> int:
    """Whose money it is."""
    person = content.optional_number(asks, "person", "参保人")
    if person is not None and asks.content.get("scheme") in YEARLY:
        return person
    return content.number(asks, "payer", "缴款人")


def _waiting(case: Case, family: list[int]) -> int:
    named = Q(content__payer__in=family) | Q(content__person__in=family)
    others = Case.objects.filter(
        named, pk__lt=case.pk, kind=case.kind, state__in=WAITING, agency__kind=case.agency.kind
    )
    return sum(_amount(other) for other in others if _owner(other) in family)


def _decided(case: Case, family: list[int]) -> int:
    of_a_resident = Q(scheme__in=YEARLY, person_id__isnull=False)
    before = Case.objects.filter(pk__lt=case.pk, kind=case.kind, agency__kind=case.agency.kind)
    given = TreasuryRefund.objects.filter(
        of_a_resident & Q(person_id__in=family) | ~of_a_resident & Q(payer_id__in=family),
        decided_on__year=content.day_of(case).year,
        case_id__in=before.values("pk"),
    ).exclude(state=RefundState.WITHDRAWN)
    return given.aggregate(fen=Sum("fen"))["fen"] or 0


def _amount(asks: Asks) -> int:
    return content.fen(asks, "amount", "退费金额")


def _refused(case: Case, whole: int) -> WholeDiffers:
    return WholeDiffers(
        "连同在它以前受理的退费（本年已决定的、待办的），"
        f"累计退费 {Money(whole)} 元；"
        "由谁审批按累计定，请按此填写累计退费，已受理的退回后重新受理。",
        case_id=case.pk,
    )


WHOLE = Whole("累计退费", whole_of, _refused)
