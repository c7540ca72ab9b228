"""An heir comes for what stands in the account of who died (个人账户继承, 演示)."""

from pathlib import Path

from backend.city.demo_desk import DemoDesk, Desk, Matter
from backend.city.demo_papers import Papers, read_papers
from backend.kernel.months import Month

INHERITANCE = Desk("ACCOUNT_INHERITANCE")


def let_inherit_account(*, desk: DemoDesk, path: Path, period: Month) -> int:
    """Pay the accounts of a month out to the heirs; how many."""
    papers = read_papers(desk=desk, path=path, period=period)
    return desk.carry_through(INHERITANCE, [_asked(desk, one, period) for one in papers])


def _asked(desk: DemoDesk, one: Papers, period: Month) -> Matter:
    row = one.row
    heir = {"payee": desk.party_of(number=row["heir"]), "weight": 1, "relation": row["relation"]}
    return one.matter(
        scheme=row["scheme"], month=str(period), evidence="继承公证书(演示)", heirs=[heir]
    )
