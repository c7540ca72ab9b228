"""Who puts a line into the memo register by SQL, as the application's own role, is found."""

import pytest
from django.db import connection

from backend.city.memo_invariants import ARREARS, LISTED, MERGED, RUNS, broken_promises
from tests.insurance.benefits import month_builders as m

pytestmark = pytest.mark.django_db
FORGED = """
INSERT INTO ledger_memoentry (book_id, kind, party_id, source, source_id, fen, beyond_zero)
SELECT book_id, %s, person_id, %s, '2026-11/' || person_id, -100, true FROM benefits_entitlement
"""


@pytest.mark.parametrize(
    ("kind", "source", "wanted"),
    [
        ("ARREARS", "forged", {LISTED, ARREARS}),
        ("ARREARS", "collection.arrears", {ARREARS}),
        ("OVERPAID", "forged", {LISTED}),
        ("OVERPAID", "collection.arrears", {LISTED}),
        ("OVERPAID", "benefits.run", {RUNS}),
        ("OVERPAID", "benefits.merge", {MERGED}),
    ],
)
def test_a_forged_line_is_found(kind: str, source: str, wanted: set[str]) -> None:
    m.entitlement()
    assert broken_promises() == []

    with connection.cursor() as cursor:
        cursor.execute(FORGED, [kind, source])

    assert {row.promise for row in broken_promises()} == wanted
