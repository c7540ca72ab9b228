"""How a month stands (征缴情况): where every fen that was billed for it is now."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from backend.kernel.months import Month
from insurance.collection.debts import debt_sql as sql

# What is owed for a month by the month, and for its year by residents.
OF_PERIOD = "{alias}.month = ANY (%(months)s) AND {alias}.scheme = ANY (%(schemes)s)"
MONTHLY, YEARLY = ("110", "210", "310"), ("170", "390")

STANDING = """
SELECT coalesce(sum(billed_fen), 0)::bigint, coalesce(sum(matched_fen), 0)::bigint,
    coalesce(sum({not_due}), 0)::bigint, coalesce(sum(deferred_fen), 0)::bigint,
    coalesce(sum({arrears}), 0)::bigint, coalesce(sum(gap_fen), 0)::bigint,
    coalesce(sum(credit_fen), 0)::bigint
FROM debt
"""


@dataclass(frozen=True)
class Standing:
    """billed + credits = matched + not yet due + deferred + arrears + gaps, in fen."""

    billed_fen: int
    matched_fen: int
    not_yet_due_fen: int
    deferred_fen: int
    arrears_fen: int
    gap_fen: int
    credit_fen: int  # matched beyond what is billed now, not yet set off or given back

    @property
    def adds_up(self) -> bool:
        """Whether every fen is in one place."""
        rest = self.not_yet_due_fen + self.deferred_fen + self.arrears_fen + self.gap_fen
        return self.billed_fen + self.credit_fen == self.matched_fen + rest


def standing(*, period: Month, today: date, scheme: str | None = None) -> Standing:
    """Tell how the bills of a month stand on ``today``: monthly schemes for that month, residents'
    for its year; late fees of these months are among them.
    """
    schemes = [scheme] if scheme else [*MONTHLY, *YEARLY]
    found = [
        _standing(month.first_day, [one for one in schemes if one in of], today)
        for month, of in ((period, MONTHLY), (Month(period.year, 1), YEARLY))
    ]
    return Standing(*(sum(amounts) for amounts in zip(*found, strict=True)))


def _standing(month: date, schemes: list[str], today: date) -> tuple[int, ...]:
    statement = sql.debts(
        bills=OF_PERIOD.format(alias="b"), totals=OF_PERIOD.format(alias="t")
    ) + STANDING.format(not_due=sql.NOT_DUE, arrears=sql.ARREARS)
    with connection.cursor() as cursor:
        cursor.execute(statement, {"months": [month], "schemes": schemes, "today": today})
        return tuple(int(fen) for fen in cursor.fetchone())
