"""Tie what a term deposit brings back to how it was made (定期存款): no more ends than was made."""

from backend.cases import content
from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from payments.ledger.fund_papers import SOURCE, entry_of
from payments.ledger.models import Posting

ENDED, INTEREST = "DEPOSIT_ENDED", "DEPOSIT_INTEREST"
TIED = (ENDED, INTEREST)
ACCOUNT = "1003.01"  # 财政专户存款—定期存款


class NoDeposit(Refusal):
    """What ends, or bears interest, is a deposit that was made (没有这笔定期存款)."""

    code = "fund_deposit_unknown"


class BeyondDeposit(Refusal):
    """More ends than was made (支取超过定期存款)."""

    code = "fund_deposit_beyond"


def require_made(case: Case) -> None:
    """Refuse a paper about a deposit that the book did not make, or has no more.

    Content: ``deposit`` (the number of the case by which it was made).

    Raises:
        ContentInvalid, NoDeposit, BeyondDeposit.
    """
    made = content.number(case, "deposit", "定期存款")
    book = content.number(case, "book", "账套")
    held = Posting.objects.filter(
        entry__source=SOURCE,
        entry__source_id=str(made),
        entry__book=book,
        entry__rule="deposit.made",
        entry__entry__isnull=True,
        account__code=ACCOUNT,
    ).first()
    if held is None:
        raise NoDeposit("没有这笔定期存款，或者它的凭证已冲销（deposit）。", case_id=case.pk)
    if case.content.get("paper") != ENDED or entry_of(case_id=case.pk) is not None:
        return
    left = held.dr_fen - _ended(made)
    fen = content.fen(case, "amount", "支取金额")
    if fen > left:
        raise BeyondDeposit(
            f"这笔定期存款还有 {Money(left)} 元，不能支取 {Money(fen)} 元。", case_id=case.pk
        )


def _ended(made: int) -> int:
    """What came back of a deposit so far, and was not taken back."""
    ends = Case.objects.filter(kind="FUND_PAPER", content__paper=ENDED, content__deposit=made)
    numbers = [str(pk) for pk in ends.values_list("pk", flat=True)]
    came = Posting.objects.filter(
        entry__source=SOURCE,
        entry__source_id__in=numbers,
        entry__entry__isnull=True,
        account__code=ACCOUNT,
    )
    return sum(came.values_list("cr_fen", flat=True))
