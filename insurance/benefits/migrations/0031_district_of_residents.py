"""A residents' pension keeps the district that it is drawn in: of those there are, the one of today.

Nothing else is known of them; nobody's district was ever changed.
"""

from django.db import migrations, models

SQL = """
ALTER TABLE benefits_entitlement DISABLE TRIGGER append_only;
UPDATE benefits_entitlement e SET district = p.district
FROM people_person p WHERE p.party_id = e.person_id AND e.scheme = '170';
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE benefits_entitlement ENABLE TRIGGER append_only;
"""


class Migration(migrations.Migration):

    dependencies = [("benefits", "0030_set_offs_reckoned"), ("people", "0009_row_history")]

    operations = [
        migrations.AddField(
            model_name="entitlement",
            name="district",
            field=models.CharField(blank=True, db_default="", max_length=6, verbose_name="领取地行政区划"),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("district", ""), ("scheme", "170"), _negated=True),
                name="benefits_entitlement_residents_district",
            ),
        ),
    ]
