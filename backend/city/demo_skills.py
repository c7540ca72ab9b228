"""Who got a certificate asks for the subsidy (技能提升补贴, 演示); an error is put right."""

from collections.abc import Mapping
from pathlib import Path

from backend.city.demo_desk import DemoDesk, Desk, Matter
from backend.city.demo_objections import answer, object_to
from backend.city.demo_papers import Papers, new_account, read_papers
from backend.city.demo_retirements import ACCOUNT
from backend.kernel.months import Month

SUBSIDY = Desk("SKILL_SUBSIDY")
GROUNDS = "证书是三级，核定成了四级(演示)"
ANSWER = "经核对证书为三级，已按三级更正并补发差额(演示)"


def let_certify(*, desk: DemoDesk, path: Path, period: Month) -> dict[str, int]:
    """Grant what is asked for, and correct what was objected to; how many of each."""
    papers = read_papers(desk=desk, path=path, period=period)
    new = [one for one in papers if one.row["act"] == "APPLY"]
    desk.carry_through(ACCOUNT, [new_account(papers=one, period=period) for one in new])
    return {
        "skill_subsidies": desk.carry_through(SUBSIDY, [_asked(one) for one in new]),
        "objections_granted": sum(
            _object(desk, one) for one in papers if one.row["act"] == "OBJECT"
        ),
    }


def _object(desk: DemoDesk, one: Papers) -> int:
    """The correction is decided first; the answer names it."""
    objected = object_to(desk=desk, one=one, kind=SUBSIDY.kind, against="技能等级", grounds=GROUNDS)
    claims = desk.rows(f"claims/?person={one.party}&kind=SKILL")
    corrects = {"corrects": claims[0]["id"], "objection": objected.case["id"]}
    again = desk.receive(SUBSIDY, _asked(one, corrects))
    desk.answer(SUBSIDY, again, of=objected.decided, approve=True, reason="")
    return answer(desk=desk, objected=objected, corrected=True, reason=ANSWER)


def _asked(one: Papers, corrects: Mapping[str, object] | None = None) -> Matter:
    row = one.row
    return one.matter(
        scheme="210",
        level=row["level"],
        certificate=row["certificate"],
        certified_on=row["certified_on"],
        earlier_months=int(row["earlier_months"]),
        earlier_until=row["earlier_until"],
        earlier_evidence="原系统缴费明细(演示)",
        **(corrects or {}),
    )
