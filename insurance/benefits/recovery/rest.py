"""What an order asks for and what came back of it until now (还应退回的), as the steps need it."""

from typing import Any

from django.db import connection

from backend.kernel.months import Month
from insurance.benefits.recovery.models import Recovery, RecoveryStage, RecoveryStep
from insurance.benefits.recovery.set_off_reckoning import MonthKept, Rest, rest_steps
from insurance.benefits.recovery.standing import planned_of, standing_of
from insurance.policy.kept_steps import read
from insurance.policy.steps import Step
from payments.ledger import memo

# What sealed runs kept of months for a recovery: the due was whole before that.
MONTHS = """
SELECT d.for_month, d.fen + f.fen, p.fen, p.most_ppm, d.fen
FROM benefits_setoff s JOIN benefits_runsetoff p ON p.set_off_id = s.id
JOIN benefits_run n ON n.id = p.run_id AND n.state = 'SEALED'
JOIN benefits_due d ON d.kind = 3 AND d.entitlement_id = p.entitlement_id
    AND d.for_month = n.period
JOIN benefits_due f ON f.kind = 1 AND f.entitlement_id = d.entitlement_id
    AND f.for_month = d.for_month
WHERE s.recovery_id = %s ORDER BY d.for_month
"""


def months_kept(*, recovery: Recovery) -> tuple[MonthKept, ...]:
    """Give what sealed runs kept of months, the earliest first."""
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, [recovery.pk])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return tuple(MonthKept(Month.of(month), *figures) for month, *figures in rows)


def rest_of(*, recovery: Recovery) -> Rest:
    """Give what was ordered, what came back and how, and what the register says is owed."""
    order = RecoveryStep.objects.get(recovery=recovery, stage=RecoveryStage.ORDERED)
    assert order.fen is not None  # of what was ordered
    months, standing = months_kept(recovery=recovery), standing_of(recovery=recovery)
    return Rest(
        ordered=read(rows=order.reckoned),
        ordered_fen=order.fen,
        received_fen=standing.received_fen,
        months=months,
        once_fen=standing.set_off_fen - sum(one.fen for one in months),
        registered_fen=memo.outstanding(book=recovery.book, party_id=recovery.debtor_id),
        planned_fen=planned_of(recovery=recovery),
    )


def rest_steps_of(*, recovery: Recovery) -> tuple[Step, ...]:
    """Give how what is left of an order comes about; nothing where none is in force."""
    stages = set(recovery.recoverystep_set.values_list("stage", flat=True))
    if RecoveryStage.ORDERED not in stages or RecoveryStage.CLOSED in stages:
        return ()
    return rest_steps(rest=rest_of(recovery=recovery))
