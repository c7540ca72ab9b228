"""Put proofs of life on record, and pay again whom they show to live (认证即恢复).

A hold for a missed check ends in the month of the proof: what was held since is paid by the next
run. A proof that is itself too old by now ends nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from insurance.benefits.checks.due import months_good

# ``proven`` gives person_id, proven_on, method, evidence, file_id, case_id.
ADD = """
INSERT INTO benefits_proof (person_id, proven_on, method, evidence, file_id, case_id)
SELECT person_id, proven_on, method, evidence, file_id, case_id FROM ({proven}) n
ON CONFLICT (person_id, proven_on, method) WHERE superseded_at IS NULL DO NOTHING
"""
GOOD = """
SELECT person_id, date_trunc('month', max(proven_on))::date AS month FROM ({proven}) n
WHERE proven_on + make_interval(months => %(months)s) > %(day)s::date GROUP BY person_id
"""
ENDS = """
h.reason = 'CHECK_MISSED' AND h.superseded_at IS NULL
    AND (upper(h.valid) IS NULL OR upper(h.valid) > p.month)
"""
HELD = f"""
SELECT e.person_id, count(*) FROM benefits_hold h
JOIN benefits_entitlement e ON e.id = h.entitlement_id
JOIN ({GOOD}) p ON p.person_id = e.person_id
WHERE {ENDS} GROUP BY e.person_id
"""
RELEASE = f"""
WITH proven AS ({GOOD}),
ended AS (
    UPDATE benefits_hold h SET superseded_at = clock_timestamp()
    FROM benefits_entitlement e JOIN proven p ON p.person_id = e.person_id
    WHERE h.entitlement_id = e.id AND {ENDS}
    RETURNING h.entitlement_id, h.note, h.case_id, h.valid, h.superseded_at, p.month),
kept AS (
    INSERT INTO benefits_hold (entitlement_id, reason, note, case_id, valid, recorded_at)
    SELECT entitlement_id, 'CHECK_MISSED', note, case_id, daterange(lower(valid), month),
        superseded_at
    FROM ended WHERE lower(valid) < month
    RETURNING 1)
SELECT (SELECT count(*) FROM ended), (SELECT count(*) FROM kept)
"""


@dataclass(frozen=True)
class Released:
    """What proofs set free: how many holds ended, and all rows written."""

    holds: int
    rows: int


def add_proofs(*, proven: str, values: Mapping[str, Any]) -> int:
    """Add the proofs that ``proven`` selects; how many are new. They end no hold yet.

    The caller holds the transaction and records its act.
    """
    with connection.cursor() as cursor:
        cursor.execute(ADD.format(proven=proven), values)
        return int(cursor.rowcount)


def held_of(*, proven: str, values: Mapping[str, Any], day: date) -> dict[int, int]:
    """Whom of ``proven`` a hold waits for that ``release`` would end: person and how many holds.

    Raises:
        NotConfigured, NotVerified: how long a proof is good for.
    """
    with connection.cursor() as cursor:
        cursor.execute(HELD.format(proven=proven), _given(values, day))
        return dict(cursor.fetchall())


def release(*, proven: str, values: Mapping[str, Any], day: date) -> Released:
    """End the holds of whom the proofs that ``proven`` selects show to live.

    ``day`` is the business date. The caller holds the transaction and records its act.

    Raises:
        NotConfigured, NotVerified: how long a proof is good for.
    """
    with connection.cursor() as cursor:
        cursor.execute(RELEASE.format(proven=proven), _given(values, day))
        ended, kept = cursor.fetchone()
    return Released(holds=ended, rows=ended + kept)


def _given(values: Mapping[str, Any], day: date) -> dict[str, Any]:
    return {**values, "day": day, "months": months_good(on=day)}
