"""Prove the promises of withdrawn stops on live data (撤销停发不变量)."""

from collections.abc import Iterator

from django.db import connection

from backend.cases.decided import truly_decided
from insurance.benefits.stop_withdrawal import KINDS
from payments.ledger.invariants import Broken

WITHDRAWN = "停发:撤销的有其已签名办结的撤销业务件,办结撤销的不再停发"

STOPS = """
SELECT s.id, s.superseded_at IS NULL, w.id FROM benefits_stop s
JOIN cases_case k ON k.id = s.case_id AND k.kind IN ('STOP', 'UNEMPLOYMENT_STOP')
LEFT JOIN cases_case w ON w.kind = ANY (%(withdrawals)s) AND w.state = 'APPROVED'
    AND w.content ->> 'stop_case' = k.id::text
WHERE s.superseded_at IS NOT NULL OR w.id IS NOT NULL
ORDER BY s.id
"""


def broken_promises() -> Iterator[Broken]:
    """Run every check; nothing is the proof."""
    with connection.cursor() as cursor:
        cursor.execute(STOPS, {"withdrawals": list(KINDS)})
        rows = cursor.fetchall()
    decided = truly_decided(case_ids={case_id for _, _, case_id in rows if case_id})
    for stop_id, stands, case_id in rows:
        if stands or case_id not in decided:
            found = "仍停发" if stands else f"业务件 {case_id or '无'}"
            yield Broken(WITHDRAWN, str(stop_id), "已撤销,依据已签名办结的业务件", found)


def promises() -> list[str]:
    """The names of all checks."""
    return [WITHDRAWN]
