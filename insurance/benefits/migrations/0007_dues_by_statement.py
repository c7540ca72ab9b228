"""A due rests on an entitlement: checked once per statement.

A foreign key would look up and lock each entitlement by itself, a fifth of the time of a month.
Entitlements are append-only, so one look at all of them proves the same.
"""

import django.db.models.deletion
from django.db import migrations, models

SQL = """
CREATE FUNCTION benefits_dues_have_entitlements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first_id bigint; last_id bigint;  -- of one chunk: the others need not be read
BEGIN
    SELECT min(entitlement_id), max(entitlement_id) INTO first_id, last_id FROM new_dues;
    IF EXISTS (SELECT 1 FROM new_dues w LEFT JOIN (
                   SELECT id FROM benefits_entitlement WHERE id BETWEEN first_id AND last_id) e
                   ON e.id = w.entitlement_id
               WHERE e.id IS NULL) THEN
        RAISE EXCEPTION 'a due rests on an entitlement' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER dues_have_entitlements AFTER INSERT ON benefits_due
    REFERENCING NEW TABLE AS new_dues
    FOR EACH STATEMENT EXECUTE FUNCTION benefits_dues_have_entitlements();
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0006_overpaid_may_end")]
    operations = [
        migrations.AlterField(
            model_name="due",
            name="entitlement",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                to="benefits.entitlement",
                verbose_name="待遇",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
