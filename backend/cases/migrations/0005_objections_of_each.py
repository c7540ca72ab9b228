"""To a decision about many each of them may object (异议人)."""

from django.db import migrations, models

SQL = """
ALTER TABLE cases_objection DISABLE TRIGGER answered_once;
UPDATE cases_objection o SET party_id = c.party_id FROM cases_case c WHERE c.id = o.case_id;
ALTER TABLE cases_objection ENABLE TRIGGER answered_once;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_objections_kept")]
    operations = [
        migrations.AddField(
            model_name="objection",
            name="party_id",
            field=models.BigIntegerField(default=0, verbose_name="异议人"),
            preserve_default=False,
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="objection", name="cases_objection_one_open"),
        migrations.AddConstraint(
            model_name="objection",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("decided", "party_id"),
                name="cases_objection_one_open",
            ),
        ),
    ]
