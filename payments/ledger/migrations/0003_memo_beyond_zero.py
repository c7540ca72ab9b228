"""What is found not to be owed may leave a party below zero: it came back before (多退)."""

from django.db import migrations, models

SQL = """
-- Nobody settles more than he owes. Only settlements are looked at: registering stays set-wise.
CREATE OR REPLACE FUNCTION ledger_memo_settles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM new_lines WHERE fen < 0 AND NOT beyond_zero) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ledger_memo'), 0);
    IF EXISTS (SELECT 1 FROM ledger_memoentry m
               WHERE (m.book_id, m.kind, m.party_id) IN (
                   SELECT book_id, kind, party_id FROM new_lines WHERE fen < 0 AND NOT beyond_zero)
               GROUP BY m.book_id, m.kind, m.party_id HAVING sum(m.fen) < 0) THEN
        RAISE EXCEPTION 'more is settled than is owed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_promises")]
    operations = [
        migrations.AddField(
            model_name="memoentry",
            name="beyond_zero",
            field=models.BooleanField(db_default=False, verbose_name="可低于零"),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
