"""What is paid at once for months that are missing (一次性缴费的金额). Pure.

By the base and the rates of who pays alone, of the month in which it is decided: so many months'
own shares, each rounded as a month's is, and of them the account's.
"""

from dataclasses import dataclass
from enum import Enum

from backend.kernel.money import Money
from backend.kernel.parameters import Resolved
from insurance.collection.rules.terms import Terms
from insurance.policy.steps import Step, authority, percent

OWED = "一次性缴费金额"


class BaseOf(Enum):
    """On what base months are paid for at once (一次性缴费的基数)."""

    FLOOR = "缴费基数下限"


@dataclass(frozen=True)
class OneOff:
    """What so many months cost at once, and why."""

    months: int
    base_fen: int
    fen: int
    account_fen: int
    steps: tuple[Step, ...]


def one_off(*, months: int, terms: Terms, rule: Resolved) -> OneOff:
    """Compute it by the ``rule`` for who pays at once, on the base that it names."""
    base = BaseOf[rule.part("base").text]
    base_fen = terms.bounds.floor_fen
    own = terms.person.of(base_fen)
    account = min(own, terms.account.of(base_fen)) if terms.account else 0
    monthly = Step(
        formula=f"{base.value} × 缴费比例",
        inputs=(
            (base.value, str(Money(base_fen))),
            ("缴费比例", str(terms.person.source.number)),
        ),
        result=str(Money(own)),
        version=terms.policy_version,
        article=authority(
            rule, terms.bounds.floor, terms.person.source, terms.rules["share_rounding"]
        ),
        name="每月缴费",
        sentence=f"按{base.value} {Money(base_fen)} 元、{percent(terms.person.source.number)}"
        f"的比例，每月 {Money(own)} 元。",
        rounding=terms.person.rounding.label,
    )
    whole = Step(
        formula="每月缴费 × 所缺月数",
        inputs=(("每月缴费", str(Money(own))), ("所缺月数", str(months))),
        result=str(Money(own * months)),
        version=terms.policy_version,
        article=authority(rule),
        name=OWED,
        sentence=f"{months} 个月一次缴清，共 {Money(own * months)} 元，其中"
        f" {Money(account * months)} 元记入个人账户。",
        rounding="",
    )
    return OneOff(months, base_fen, own * months, account * months, (monthly, whole))
