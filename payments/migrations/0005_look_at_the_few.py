"""Nearly all lines are simply paid: what looks at the others need not read those."""

from django.db import migrations, models

SQL = """
CREATE OR REPLACE FUNCTION payments_check_outcomes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Of those simply paid only a return stands above: two short looks, not one for each line.
    IF EXISTS (SELECT 1 FROM new_outcomes w
               JOIN payments_outcome o ON o.due_ref = w.due_ref AND o.n = w.n
               WHERE w.state <> 8 AND o.state > w.state)
       OR EXISTS (SELECT 1 FROM payments_outcome o
               JOIN new_outcomes w ON w.due_ref = o.due_ref AND w.n = o.n
               WHERE o.state = 9 AND w.state = 8) THEN
        RAISE EXCEPTION 'an outcome may not fall behind what is known'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT return_file_id FROM new_outcomes
                              WHERE case_id IS NULL) t
               LEFT JOIN payments_returnfile r ON r.id = t.return_file_id AND r.accepted
               WHERE r.id IS NULL)
       OR EXISTS (SELECT 1 FROM new_outcomes w
               LEFT JOIN cases_case c ON c.id = w.case_id AND c.state = 'APPROVED'
                   AND c.kind = 'DISCREPANCY' AND c.content->>'ref' = w.due_ref || '-' || w.n
                   AND c.content->>'decision' = CASE w.state WHEN 8 THEN 'PAID'
                                                             WHEN 9 THEN 'RETURNED' END
               WHERE w.case_id IS NOT NULL AND c.id IS NULL) THEN
        RAISE EXCEPTION 'an outcome rests on an accepted return file or a decided case'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_born_in_order")]
    operations = [
        migrations.AddIndex(
            model_name="outcome",
            index=models.Index(
                condition=models.Q(("state", 8), _negated=True),
                fields=["return_file_id"],
                name="payments_outcome_not_paid",
            ),
        ),
        migrations.AddIndex(
            model_name="outcome",
            index=models.Index(
                condition=models.Q(("case_id__isnull", False)),
                fields=["case_id"],
                name="payments_outcome_decided",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
