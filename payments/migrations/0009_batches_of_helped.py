"""Who helps an agency with too few people looks at its batches, their lines and files, and signs them;
what is written to them, what the bank did not pay and what it answered stay the agency's own."""

from django.db import migrations

SQL = """
ALTER POLICY sees ON payments_batch USING ((SELECT scope_sees('CITY'))
    OR book_id = ANY ((SELECT scope_helped_books())::integer[]));

CREATE PROCEDURE make_scoped_by_own_batch(tab regclass, among text) LANGUAGE plpgsql AS $$
DECLARE written text := format('(SELECT scope_writes()) AND (%s batch_id IN (SELECT id '
    'FROM payments_batch WHERE book_id = ANY ((SELECT scope_books())::integer[])))', among);
BEGIN
    EXECUTE format('ALTER POLICY adds ON %s WITH CHECK (%s)', tab, written);
    EXECUTE format('ALTER POLICY changes ON %s USING (%s) WITH CHECK (%s)', tab, written, written);
END $$;
CALL make_scoped_by_own_batch('payments_chunk', '');
CALL make_scoped_by_own_batch('payments_attempt', '');
CALL make_scoped_by_own_batch('payments_bankfile', '');
CALL make_scoped_by_own_batch('payments_discrepancy', '');
CALL make_scoped_by_own_batch('payments_returnfile',
    '(batch_id IS NULL AND (SELECT scope_sees(''EVERYBODY''))) OR');
DROP PROCEDURE make_scoped_by_own_batch(regclass, text);

ALTER POLICY sees ON payments_discrepancy USING ((SELECT scope_sees('CITY'))
    OR batch_id IN (SELECT id FROM payments_batch
        WHERE book_id = ANY ((SELECT scope_books())::integer[])));
ALTER POLICY sees ON payments_returnfile USING ((SELECT scope_sees('CITY'))
    OR (batch_id IS NULL AND (SELECT scope_sees('EVERYBODY')))
    OR batch_id IN (SELECT id FROM payments_batch
        WHERE book_id = ANY ((SELECT scope_books())::integer[])));

CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_accounts_cool"), ("ledger", "0005_books_of_helped")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
