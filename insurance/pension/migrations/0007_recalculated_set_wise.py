"""A recalculation keeps its figures; the steps of its awards are made from them on demand."""

from django.db import migrations, models

SQL = """
-- Waits until everybody who awards has finished: what is awarded later carries a later instant, and
-- waits for the next recalculation of the year.
CREATE FUNCTION pension_known_now() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE pension_award IN SHARE ROW EXCLUSIVE MODE;
    RETURN clock_timestamp();
END $$;
REVOKE EXECUTE ON FUNCTION pension_known_now() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pension_known_now() TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [("pension", "0006_correction")]

    operations = [
        migrations.AddField(
            model_name="recalculation",
            name="parameters",
            field=models.JSONField(default=dict, verbose_name="政策参数"),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="recalculation",
            name="opened_at",
            field=models.DateTimeField(verbose_name="开始时间"),
        ),
        migrations.AddField(
            model_name="recalculationchunk",
            name="component_count",
            field=models.BigIntegerField(default=0, verbose_name="写入待遇项目数"),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="award",
            name="steps",
            field=models.JSONField(null=True, verbose_name="计算步骤"),
        ),
        migrations.AddConstraint(
            model_name="award",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "RECALCULATION"), ("steps__isnull", True)),
                    models.Q(
                        models.Q(("kind", "RECALCULATION"), _negated=True),
                        ("steps__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="pension_award_steps",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
