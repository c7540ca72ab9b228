"""A check that breaks off hides no other: what it did not prove is named (核验中断)."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from backend.city import baseline_invariants as baselines
from insurance.benefits.baseline import invariants as baseline
from insurance.unemployment import invariants as unemployment
from tests import builders
from tests.conftest import OwnDatabase


def test_what_a_planted_row_keeps_from_being_proved_is_named_and_all_else_is_asked(
    own_database: OwnDatabase,
) -> None:
    clerk = builders.staff_with_password(role="CLERK", username="clerk")
    out = StringIO()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_staff SET password = 'clear' WHERE id = %s", [clerk.pk])
        cursor.execute(
            "INSERT INTO benefits_baseline (digest, manifest) VALUES ('x', '{\"totals\": 5}')"
        )

    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", stdout=out)

    assert ended.value.code == 1
    assert all(f"✗ {promise}（" in out.getvalue() for promise in baseline.promises())
    assert "insurance.benefits.baseline.invariants：应为 核验完，实为 中断" in out.getvalue()
    assert f"✗ {baselines.SIGNED}（1处）" in out.getvalue()
    assert "✗ INV-11 口令在库中只有散列（1处）" in out.getvalue()
    assert all(f"✓ {promise}" in out.getvalue() for promise in unemployment.promises())
