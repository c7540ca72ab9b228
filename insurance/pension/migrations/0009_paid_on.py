"""Who pays on after the statutory month retires; months deemed after accounts began name a ground."""

from django.db import migrations, models

SQL = """
ALTER TABLE pension_retirementapproval DROP CONSTRAINT pension_approval_route,
    ADD CONSTRAINT pension_approval_route CHECK (
        route IN ('STATUTORY', 'EARLY', 'LATE', 'SPECIAL', 'ILLNESS', 'CONTINUED'));
ALTER TABLE pension_archiveperiod ADD CONSTRAINT pension_period_ground CHECK (
    ground IN ('', 'ARMY', 'PUBLIC_BODY'));
"""
ROUTES = [
    ("STATUTORY", "法定退休"),
    ("EARLY", "弹性提前退休"),
    ("LATE", "弹性延迟退休"),
    ("SPECIAL", "特殊工种退休"),
    ("ILLNESS", "因病退休"),
    ("CONTINUED", "延长缴费后退休"),
]


class Migration(migrations.Migration):
    dependencies = [("pension", "0008_index_bases")]

    operations = [
        migrations.AddField(
            model_name="archiveperiod",
            name="ground",
            field=models.CharField(
                blank=True,
                choices=[("ARMY", "军龄"), ("PUBLIC_BODY", "机关事业单位工作年限")],
                default="",
                max_length=12,
                verbose_name="视同缴费的理由",
            ),
            preserve_default=False,
        ),
        migrations.RemoveConstraint(model_name="archiveperiod", name="pension_period_work"),
        migrations.AddConstraint(
            model_name="archiveperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "DEEMED"), ("work", "")),
                    models.Q(
                        ("ground", ""),
                        ("kind", "SPECIAL"),
                        models.Q(("work", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="pension_period_work",
            ),
        ),
        migrations.AddField(
            model_name="retirementapproval",
            name="months_at_age",
            field=models.SmallIntegerField(null=True, verbose_name="到法定退休年月的缴费月数"),
        ),
        migrations.AlterField(
            model_name="retirementapproval",
            name="route",
            field=models.CharField(choices=ROUTES, max_length=10, verbose_name="退休途径"),
        ),
        migrations.AlterField(
            model_name="award",
            name="route",
            field=models.CharField(
                blank=True, choices=ROUTES, max_length=10, verbose_name="退休途径"
            ),
        ),
        migrations.AddConstraint(
            model_name="retirementapproval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("months_at_age__isnull", False),
                        ("months_at_age__lte", models.F("contribution_months")),
                        ("route", "CONTINUED"),
                    ),
                    models.Q(
                        models.Q(("route", "CONTINUED"), _negated=True),
                        ("months_at_age__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="pension_approval_paid_on",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
