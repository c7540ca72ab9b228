"""Wang's account and its heirs (账户继承样例); all invented (演示)."""

from datetime import UTC, date, datetime

from backend.cases.models import Case
from insurance.accounts.models import AccountEntry
from insurance.benefits import inheriting
from insurance.benefits.claims.undo import withdraw_death
from tests import builders
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.pension import survivor_builders as survivors

DIED_ON = date(2026, 6, 20)
PAID_IN_FEN = 1_000_000  # in January
WHOLE_FEN = 1_007_500  # with six months' interest at 1.5 %


def died_with_account(*, scheme: str = "110") -> AccountEntry:
    """Wang, who drew no pension, died in June with 10,000.00 in the account."""
    survivors.died(on=DIED_ON)
    return accounts.entry(
        person_id=builders.wang().pk, scheme=scheme, month="2026-01", fen=PAID_IN_FEN
    )


def asked(**changes: object) -> Case:
    """What Wang's two heirs ask for."""
    content: dict[str, object] = {
        "scheme": "110",
        "month": "2026-07",
        "evidence": "继承公证书 演示1号",
        "heirs": survivors.heirs(builders.li(), builders.zhao()),
        **changes,
    }
    case: Case = builders.case(kind="ACCOUNT_INHERITANCE", content=content)
    case.decided_at = datetime(2026, 9, 15, tzinfo=UTC)
    return case


def inherited(**changes: object) -> Case:
    """And have."""
    case = asked(**changes)
    inheriting.inherit(case)
    return case


def alive_again(death_case: int | None) -> int:
    """Wang comes to the window; two people withdraw the death; rows written."""
    return withdraw_death(
        builders.case(kind="DEATH_WITHDRAWAL", content={"death_case_id": death_case})
    )
