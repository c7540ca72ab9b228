"""What a batch took from accounts is its own agency's, also where another helps to sign the batch."""

from django.db import migrations

SQL = """
ALTER POLICY sees ON benefits_accountpayout USING ((SELECT scope_sees('CITY'))
    OR batch_id IN (SELECT id FROM payments_batch
        WHERE book_id = ANY ((SELECT scope_books())::integer[])));
ALTER POLICY adds ON benefits_accountpayout WITH CHECK ((SELECT scope_writes())
    AND batch_id IN (SELECT id FROM payments_batch
        WHERE book_id = ANY ((SELECT scope_books())::integer[])));
ALTER POLICY changes ON benefits_accountpayout USING ((SELECT scope_writes())
    AND batch_id IN (SELECT id FROM payments_batch
        WHERE book_id = ANY ((SELECT scope_books())::integer[])))
    WITH CHECK ((SELECT scope_writes()) AND batch_id IN (SELECT id FROM payments_batch
        WHERE book_id = ANY ((SELECT scope_books())::integer[])));
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0018_scope"), ("payments", "0009_batches_of_helped")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
