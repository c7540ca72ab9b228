"""What is told of people's lives (人身情形办理, 演示): proofs, releases, custody, disappearance."""

from pathlib import Path

from backend.city.demo_desk import DemoDesk, Desk, Matter
from backend.city.demo_papers import DAY, Papers, read_papers
from backend.kernel.months import Month

KINDS = ("LIFE_PROOF", "HOLD_RELEASE", "PRISON", "MISSING")
NOTICE = "演公函〔{year}〕{party}号(演示)"


def let_tell(*, desk: DemoDesk, path: Path, period: Month) -> int:
    """Carry all that is told through; how many were decided."""
    papers = read_papers(desk=desk, path=path, period=period)
    return sum(
        desk.carry_through(
            Desk(kind, two_person=False, decides="REVIEWER"),
            [_matter(desk, one) for one in papers if one.row["kind"] == kind],
        )
        for kind in KINDS
    )


def _matter(desk: DemoDesk, one: Papers) -> Matter:
    row, today = one.row, one.today.isoformat()
    if row["kind"] == "LIFE_PROOF":
        return one.matter(method="WINDOW", proven_on=today, evidence="本人到窗口(演示)")
    if row["kind"] == "HOLD_RELEASE":
        return one.matter(
            entitlement=desk.entitlement_of(party=one.party, scheme=row["scheme"]),
            reason=row["form"],
            from_month=row["from_month"],
        )
    began = Month.parse(row["from_month"]).previous.first_day  # it counts from the month after
    return one.matter(
        form=row["form"],
        from_date=began.replace(day=DAY).isoformat(),
        document=NOTICE.format(year=one.today.year, party=one.party),
    )
