"""Which statements compute awards again (按险种的重算 SQL), and what they are given."""

import json
from collections.abc import Mapping
from datetime import date
from string import Template
from types import ModuleType
from typing import Any

from insurance.pension import recalculation_sql as employees
from insurance.pension import resident_recalculation_sql as residents
from insurance.pension.models import Recalculation

OF: Mapping[str, ModuleType] = {employees.SCHEME: employees, residents.SCHEME: residents}

RANGES = f"""
SELECT min(id), max(id), count(*) FROM (
    SELECT a.id, (row_number() OVER (ORDER BY a.id) - 1) / %(size)s AS chunk
    $from_waiting AND {employees.WITHOUT_SUCCESSOR}) w
GROUP BY chunk ORDER BY chunk
"""
# What waited when the run was opened and has no successor.
FORGOTTEN = f"""
SELECT a.id $from_waiting AND a.recorded_at <= %(opened_at)s AND {employees.WITHOUT_SUCCESSOR}
ORDER BY a.id LIMIT 1
"""
WRITTEN = """
SELECT count(*), coalesce(sum(r.basic_fen + r.account_fen + r.transitional_fen + r.extra_fen
    - b.basic_fen - b.account_fen - b.transitional_fen - b.extra_fen), 0)::bigint
FROM pension_award r JOIN pension_award b ON b.id = r.previous_id
WHERE r.recalculation_id = %(run)s
"""


def rendered(statement: str, *, scheme: str) -> str:
    """Fill the fragments of a scheme into a statement."""
    for _ in range(3):  # fragments hold fragments, two levels deep
        statement = Template(statement).safe_substitute(OF[scheme].FRAGMENTS)
    return statement


def of_year(*, region: str, year: int) -> dict[str, Any]:
    """What tells the awards of a year."""
    return {"region": region, "year_first": date(year, 1, 1), "year_last": date(year, 12, 31)}


def given_by(*, scheme: str, region: str, year: int, figures: Mapping[str, Any]) -> dict[str, Any]:
    """What statements about a year are given of the figures that a run keeps."""
    return {
        **of_year(region=region, year=year),
        "years": figures.get("years", []),
        "rate_years": list(figures["rates"]),
        **{name: json.dumps(figures[name]) for name in OF[scheme].FIGURES},
    }


def parameters(*, run: Recalculation, **more: Any) -> dict[str, Any]:
    """What the statements of a run are given, and ``more``."""
    figures = given_by(scheme=run.scheme, region=run.region, year=run.year, figures=run.parameters)
    return {"run": run.pk, "version": run.policy_version, **figures, **more}
