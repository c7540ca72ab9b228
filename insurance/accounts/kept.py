"""Keep of an account what its owner owes the same fund (账户抵扣追回款): by decision only.

社会保险经办条例第四十六条 names the account's balance beside later benefits. What is kept leaves
the account and stays in the fund; nobody is paid.
"""

from collections.abc import Sequence

from backend.cases.models import Case
from backend.kernel.errors import Refusal
from backend.kernel.money import Money
from backend.kernel.months import Month
from insurance.accounts.entries import balance, lock
from insurance.accounts.leaving import InterestRunning
from insurance.accounts.models import AccountEntry, EntryKind, InterestRun, InterestRunState
from insurance.accounts.settling import Leaving, LeavingInvalid, refuse_month


class NotHeld(Refusal):
    """The account holds less than is to be kept of it (账户余额不足抵扣)."""

    code = "account_kept_not_held"


def require_held(
    *, case: Case, person_ids: Sequence[int], scheme: str, month: Month, fen: int
) -> None:
    """Refuse what could not be kept of a person's accounts in a month.

    Raises:
        LeavingInvalid: the month; InterestRunning; NotHeld.
    """
    if InterestRun.objects.filter(scheme=scheme, state=InterestRunState.OPEN).exists():
        raise InterestRunning("该险种正在年度计息，请在完成后办理。", case_id=case.pk)
    refuse_month(case=case, scheme=scheme, month=month)
    later = AccountEntry.objects.filter(
        person__in=person_ids, scheme=scheme, arrival_month__gt=month.first_day
    )
    if later.exists():
        raise LeavingInvalid(f"{month} 之后还有记账，不能按该月抵扣。", case_id=case.pk)
    held = held_fen(person_ids=person_ids, scheme=scheme)
    if fen > held:
        raise NotHeld(f"个人账户余额 {Money(held)} 元，不足抵扣。", case_id=case.pk)


def held_fen(*, person_ids: Sequence[int], scheme: str) -> int:
    """Give what a person's accounts hold."""
    return sum(balance(person_id=person, scheme=scheme) for person in person_ids)


def keep(*, case: Case, person_ids: Sequence[int], scheme: str, month: Month, fen: int) -> int:
    """Take an amount out of a person's accounts, the survivor's first; rows written. The caller
    holds the transaction.

    Raises:
        as ``require_held``.
    """
    lock(person_ids=person_ids)
    require_held(case=case, person_ids=person_ids, scheme=scheme, month=month, fen=fen)
    rows, left = 0, fen
    for person in person_ids:
        taken = min(balance(person_id=person, scheme=scheme), left)
        if taken:
            account = Leaving(case, person, scheme, month)
            account.write(kind=EntryKind.SET_OFF, for_month=month, arrival=month, fen=-taken)
            rows += 1
        left -= taken
    return rows
