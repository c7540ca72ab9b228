"""Find the lines of a month's batch anew, from what its run knew (重算月度批次).

Facts are never rewritten and dues never deleted, so the run's own queries give the same again,
whatever was recorded since: they look at nothing that came after it.
"""

from django.db import connection

from insurance.benefits import monthly_sql as sql
from insurance.benefits.lines_sql import owed_lines
from insurance.benefits.models import Run, RunState
from insurance.benefits.monthly_run import RunNotThere, persons_of
from payments.models import Batch

FOUND = "found_line"
TABLE = """
DROP TABLE IF EXISTS pg_temp.found_line;
CREATE TEMPORARY TABLE found_line (
    due_ref bigint, n smallint, batch_id integer, chunk integer, payee_id bigint, fen bigint,
    account_no text, holder_name text) ON COMMIT DROP
"""
# A due has the number that its run gave it; one that is not there any more has none.
REGULAR = """(SELECT u.due_ref FROM benefits_due u WHERE u.kind = 1
        AND u.entitlement_id = regular.entitlement_id AND u.payee_id = regular.person_id
        AND u.for_month = %(period)s)"""
DIFFERENCE = """(SELECT u.due_ref FROM benefits_due u WHERE u.kind = 2
        AND u.entitlement_id = f.entitlement_id AND u.for_month = f.for_month
        AND u.run_period = %(period)s)"""
LINES = f"""
{owed_lines(new_due_ref=REGULAR, found_due_ref=DIFFERENCE)}
INSERT INTO found_line
SELECT due_ref, 1, batch_id, %(chunk)s, person_id, fen - kept, account_no, holder_name
FROM gated WHERE reason IS NULL AND batch_id = %(batch_id)s
"""


def find_lines(*, batch: Batch) -> str:
    """Put the lines that a month's batch must have into a relation of this transaction, and name
    it.

    Raises:
        RunNotThere: the month is not sealed.
    """
    run = Run.objects.filter(period=batch.period, state=RunState.SEALED).first()
    if run is None:
        raise RunNotThere(f"{batch.period:%Y-%m} 还没有封存，不能重算。")
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        for chunk, (first_id, last_id) in enumerate(run.parameters["chunks"]):
            given = sql.parameters(
                run=run,
                chunk=chunk,
                batch_id=batch.id,
                seen_at=run.sealed_at,
                first_id=first_id,
                last_id=last_id,
                **persons_of(first_id=first_id, last_id=last_id),
            )
            cursor.execute(sql.rendered(LINES, run=run), given)
        cursor.execute("ANALYZE found_line")
    return FOUND
