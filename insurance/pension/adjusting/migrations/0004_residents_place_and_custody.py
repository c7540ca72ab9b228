"""Rows of the residents' standard keep the place they went by; custody without a known rule."""

from django.db import migrations, models

# Of the rows there are, where each lives today is all that is known; where another place's figure
# was used, it is the one whose raise is as much as was given.
SQL = """
ALTER TABLE adjusting_row DISABLE TRIGGER append_only;
UPDATE adjusting_row r SET district = coalesce((
    SELECT t.district FROM jsonb_to_recordset(n.parameters->'terms')
        AS t (district text, fen bigint)
    WHERE r.left_out <> '' OR t.fen = r.fixed_fen
    ORDER BY t.district = p.district DESC, t.district LIMIT 1), p.district)
FROM adjusting_run n, benefits_entitlement e, people_person p
WHERE n.id = r.run_id AND n.kind = 'BASIC' AND e.id = r.entitlement_id
    AND p.party_id = e.person_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE adjusting_row ENABLE TRIGGER append_only;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("adjusting", "0003_scope"),
        ("benefits", "0002_promises"),
        ("people", "0009_row_history"),
    ]
    operations = [
        migrations.AddField(
            model_name="row",
            name="district",
            field=models.CharField(
                blank=True, db_default="", max_length=6, verbose_name="当时居住地区划"
            ),
        ),
        migrations.AlterField(
            model_name="row",
            name="left_out",
            field=models.CharField(
                blank=True,
                choices=[
                    ("DIED", "调整之前已死亡"),
                    ("IN_PRISON", "服刑期间不参加调整"),
                    ("RULE_UNKNOWN", "服刑、羁押期间是否参加，没有核实的规定"),
                    ("STOPPED", "调整之时已停发"),
                    ("NO_PENSION", "调整之时没有养老金"),
                    ("MONTHS_UNKNOWN", "缴费月数不明，须先查清"),
                    ("PLAN_INCOMPLETE", "方案中此人所需的部分未配置"),
                ],
                max_length=15,
                verbose_name="不参加原因",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
