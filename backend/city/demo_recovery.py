"""What was paid too much is asked back (追回, 演示): told, ordered, served, agreed, paid, kept.

Whoever owes it states his view, objects to the order and is answered; nothing is taken by itself.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

from backend.city.demo_desk import DemoDesk, Desk
from backend.city.demo_objections import answer, object_to
from backend.city.demo_papers import Papers, read_papers
from backend.kernel.money import Money
from backend.kernel.months import Month

SCHEME = "110"
NOTICE = Desk("RECOVERY_NOTICE", two_person=False, decides="REVIEWER")
ORDER = Desk("RECOVERY_ORDER")
SERVICE = Desk("RECOVERY_SERVICE", two_person=False, decides="REVIEWER")
AGREEMENT = Desk("RECOVERY_PLAN")
RECEIPT = Desk("RECOVERY_RECEIPT", two_person=False, receives="FINANCE", decides="REVIEWER")
SET_OFF = Desk("RECOVERY_SET_OFF")
PERIOD = timedelta(days=30)
MONTHLY = "100.00"  # what is kept of each pension
VIEW = "不知道服刑期间停发养老金，愿意分期退回(演示)"
GROUNDS = "家里困难，请求免予退回(演示)"
ANSWER = "服刑期间的养老金依法停发，多领的应当退回；可以分期，原决定维持(演示)"


def let_recover(*, desk: DemoDesk, path: Path, period: Month) -> dict[str, int]:
    """Take the steps of a month; how many, and how many objections were answered."""
    steps = answered = 0
    for one in read_papers(desk=desk, path=path, period=period):
        step = one.row["step"]
        if step == "NOTICE":
            steps += _tell(desk, one)
        elif step == "ORDER":
            steps += _order(desk, one)
            answered += _answer(desk, one)
        elif step == "AGREEMENT":
            steps += _agree(desk, one)
        else:
            steps += _keep(desk, one, period)
    return {"recovery_steps": steps, "objections_upheld": answered}


def _tell(desk: DemoDesk, one: Papers) -> int:
    """What the run found, a month for each row."""
    rows = desk.rows(f"overpaid/?payee_id={one.party}")
    owed = sum(Money.yuan(row["amount"]).fen for row in rows)
    months = "、".join(sorted({row["for_month"] for row in rows}))
    asked = one.matter(
        scheme=SCHEME,
        amount=str(Money(owed)),
        facts=f"{months} 服刑期间多发养老金(演示)",
        addressee=one.row["name"],
        document=_paper(one, "追告"),
        notified_on=one.today.isoformat(),
        holidays=[],
    )
    return desk.carry_through(NOTICE, [asked])


def _order(desk: DemoDesk, one: Papers) -> int:
    recovery, day = _recovery(desk, one), one.today
    asked = one.matter(
        recovery=recovery["id"],
        amount=recovery["standing"]["open"],
        ordered_on=day.isoformat(),
        pay_by=(day + PERIOD).isoformat(),
        document=_paper(one, "追决"),
        statement=VIEW,
        stated_on=day.isoformat(),
    )
    served = one.matter(
        recovery=recovery["id"],
        served_on=day.isoformat(),
        how="DIRECT",
        evidence=_paper(one, "送达回证"),
    )
    return desk.carry_through(ORDER, [asked]) + desk.carry_through(SERVICE, [served])


def _answer(desk: DemoDesk, one: Papers) -> int:
    objected = object_to(desk=desk, one=one, kind=ORDER.kind, against="退回金额", grounds=GROUNDS)
    return answer(desk=desk, objected=objected, corrected=False, reason=ANSWER)


def _agree(desk: DemoDesk, one: Papers) -> int:
    """In two parts, of which the first comes at once."""
    recovery, day = _recovery(desk, one), one.today
    if recovery["standing"]["received"] != "0.00":
        return 0
    still_open = Money.yuan(recovery["standing"]["open"]).fen
    first = still_open // 2
    parts = ((day, first), (day + PERIOD, still_open - first))
    agreed = one.matter(
        recovery=recovery["id"],
        agreed_on=day.isoformat(),
        document=_paper(one, "还款协议"),
        instalments=[
            {"due_on": due_on.isoformat(), "amount": str(Money(fen))} for due_on, fen in parts
        ],
    )
    arrived = one.matter(
        recovery=recovery["id"],
        amount=str(Money(first)),
        received_on=one.today.isoformat(),
        document=_paper(one, "银行回单"),
    )
    return desk.carry_through(AGREEMENT, [agreed]) + desk.carry_through(RECEIPT, [arrived])


def _keep(desk: DemoDesk, one: Papers, period: Month) -> int:
    asked = one.matter(
        recovery=_recovery(desk, one)["id"],
        entitlement=desk.entitlement_of(party=one.party, scheme=SCHEME),
        monthly=MONTHLY,
        from_month=str(period),
        decided_on=one.today.isoformat(),
        document=_paper(one, "抵扣决定"),
    )
    return desk.carry_through(SET_OFF, [asked])


def _recovery(desk: DemoDesk, one: Papers) -> Any:
    return desk.rows(f"recoveries/?debtor={one.party}")[0]


def _paper(one: Papers, name: str) -> str:
    return f"{name}〔{one.today.year}〕{one.party}号(演示)"
