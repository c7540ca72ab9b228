"""Wang died with months unpaid (应发待遇继承样例); Li and Zhao inherit; all invented (演示)."""

from datetime import date

from backend.cases.models import Case
from insurance.benefits.claims import inherited
from insurance.benefits.claims.models import Claim
from insurance.benefits.models import Entitlement
from tests import builders
from tests.insurance.accounts import account_builders as accounts
from tests.insurance.benefits import month_builders as m
from tests.insurance.pension import pension_builders as of
from tests.insurance.pension import survivor_builders as survivors

DIED_ON = date(2026, 11, 3)
MONTH_FEN = m.PENSION_FEN  # 220.00 and, of the account, 31.50


def pension(*, holds: int = 0, scheme: str = "170") -> Entitlement:
    """Wang's pension, of an account that holds so much."""
    made = m.entitlement(scheme=scheme)
    if holds:
        accounts.entry(person_id=made.person_id, scheme=scheme, month="2026-01", fen=holds)
    return made


def died_unpaid(*, holds: int = 0) -> Entitlement:
    """Wang died on the third of November: the month is owed and was held."""
    wang = pension(holds=holds)
    survivors.died(on=DIED_ON)
    m.sealed()
    assert m.held_reasons(wang) == ["DIED"]
    return wang


def asked(**changes: object) -> Case:
    """What Wang's two heirs ask for."""
    content: dict[str, object] = {
        "scheme": "170",
        "amount": "251.50",
        "evidence": "继承公证书 演示1号",
        "heirs": survivors.heirs(builders.li(), builders.zhao()),
        **changes,
    }
    return of.decided(kind="DUE_INHERITANCE", content=content, of=builders.wang())


def granted(**changes: object) -> Claim:
    """And have."""
    case = asked(**changes)
    inherited.decide(case)
    return Claim.objects.get(case_id=case.pk)


def heirs_accounts() -> None:
    """Where their money goes."""
    for heir in (builders.li(), builders.zhao()):
        m.account(of=heir.pk)
