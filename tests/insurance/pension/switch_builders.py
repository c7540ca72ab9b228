"""Somebody goes over to the other scheme in tests (制度衔接样例); all invented (演示)."""

from backend.cases.models import Case
from insurance.accounts.models import EntryKind
from tests.insurance.accounts import account_builders
from tests.insurance.benefits import month_builders
from tests.insurance.pension import pension_builders as p


def switched(to_scheme: str) -> Case:
    """He goes over in July 2026 with 12,000 yuan that came in March."""
    month_builders.office()
    p.recognise()
    leaves = "110" if to_scheme == "170" else "170"
    account_builders.entry(
        person_id=p.man().pk, scheme=leaves, kind=EntryKind.OPENING, month="2026-02",
        arrival="2026-03", fen=12_000_00,
    )  # fmt: skip
    content = {
        "scheme": leaves,
        "to_scheme": to_scheme,
        "month": "2026-07",
        "employee_months": 100 if to_scheme == "170" else 200,
        "evidence": "缴费明细 演示4号",
    }
    return p.through_hands(kind="PENSION_SWITCH", content=content)
