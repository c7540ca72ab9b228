"""An employer's agent sees what it owes, what it paid and what it may pay later; what waits to be
clarified (待处理款) stays with the agencies that serve the scheme."""

from django.db import migrations

TABLES = (
    "collection_bill",
    "collection_billline",
    "collection_receipt",
    "collection_matchtotal",
    "collection_deferral",
    "collection_fixedamount",
)
SQL = "CALL also_seen('{table}', $$payer_id = ANY ((SELECT scope_employer())::bigint[])$$)"

# It asked for the receipt alone, which is seen by more now.
SUSPENSE = """
ALTER POLICY sees ON collection_suspense USING ((SELECT scope_sees('CITY')) OR {seen});
ALTER POLICY adds ON collection_suspense WITH CHECK ((SELECT scope_writes()) AND {seen});
ALTER POLICY changes ON collection_suspense USING ((SELECT scope_writes()) AND {seen})
    WITH CHECK ((SELECT scope_writes()) AND {seen});
"""
SEEN = """EXISTS (SELECT FROM collection_receipt p WHERE p.id = collection_suspense.receipt_id
    AND p.scheme = ANY ((SELECT scope_schemes())::text[]))"""


class Migration(migrations.Migration):
    dependencies = [("collection", "0015_scope"), ("people", "0010_agents_of_employers")]
    operations = [
        *(migrations.RunSQL(SQL.format(table=table), migrations.RunSQL.noop) for table in TABLES),
        migrations.RunSQL(SUSPENSE.format(seen=SEEN), migrations.RunSQL.noop),
    ]
