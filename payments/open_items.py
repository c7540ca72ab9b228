"""Keep the worklist of what one side alone knows (未达账项清单): who looks after it, since when."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

from backend.cases import worklist
from payments import statement_sql as sql
from payments.open_item_models import OpenItem

CLOSE = f"""
{sql.OPEN}
UPDATE payments_openitem i SET closed_at = now()
WHERE i.book_id = %(book)s AND i.code = %(code)s AND i.closed_at IS NULL
    AND NOT EXISTS (SELECT FROM open l WHERE l.id = i.line_id)
    AND NOT EXISTS (SELECT FROM posted p WHERE (p.id, p.rest_fen) = (i.posting_id, i.fen))
"""
OPEN = f"""
{sql.OPEN}
INSERT INTO payments_openitem (book_id, code, line_id, posting_id, day, fen, told)
SELECT %(book)s, %(code)s, line_id, posting_id, day, fen, left(told, 200) FROM (
    SELECT l.id AS line_id, NULL::bigint AS posting_id, l.day, l.fen,
        concat_ws(' ', nullif(l.our_ref, ''), nullif(l.summary, '')) AS told
    FROM open l
    UNION ALL
    SELECT NULL, p.id, p.business_date, p.rest_fen::bigint, p.summary FROM posted p) item
ON CONFLICT DO NOTHING
"""


def keep_open_items(*, asked: Mapping[str, Any]) -> int:
    """Close what both sides know by now, open what is new; rows written. The caller holds the
    lines of the account."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, asked)
        rows = cursor.rowcount
        cursor.execute(OPEN, asked)
        return int(rows + cursor.rowcount)


def assign(*, item_ids: Sequence[int], staff_id: int, by: int) -> int:
    """Give open items to an owner; rows written."""
    return worklist.assign(
        of=OpenItem,
        ids=item_ids,
        staff_id=staff_id,
        by=by,
        name="payments.assign_open_items",
        subject_kind="payments.openitem",
    )
