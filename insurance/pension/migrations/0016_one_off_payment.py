"""Months may be paid for at once, up to the least (一次性缴费至最低年限)."""

import django.db.models.deletion
from django.db import migrations, models

import backend.people.models

SQL = """
CALL make_append_only('pension_oneoffpayment');
ALTER TABLE pension_oneoffpayment ADD CONSTRAINT pension_oneoff_whole_month CHECK (
    extract(day FROM month) = 1);

-- One at a time: the first, or what tells the last anew, of the same person and month.
CREATE FUNCTION pension_one_off_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.corrects_id IS NULL AND EXISTS (SELECT FROM pension_oneoffpayment o
            WHERE o.person_id = NEW.person_id AND o.months > 0 AND NOT EXISTS (
                SELECT FROM pension_oneoffpayment n WHERE n.corrects_id = o.id))
        OR NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT FROM pension_oneoffpayment o
            WHERE o.id = NEW.corrects_id AND o.month = NEW.month AND o.months > 0) THEN
        RAISE EXCEPTION 'a person pays at once one time; another decision tells it anew'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'pension_one_off_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER one_off_follows BEFORE INSERT ON pension_oneoffpayment
    FOR EACH ROW EXECUTE FUNCTION pension_one_off_follows();

CALL make_scoped('pension_oneoffpayment', $$'110' = ANY ((SELECT scope_schemes())::text[])$$);
CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("pension", "0015_allowance_to_pension")]
    operations = [
        migrations.CreateModel(
            name="OneOffPayment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("month", models.DateField(verbose_name="应缴所在月份")),
                ("months", models.SmallIntegerField(verbose_name="所缺月数")),
                ("base_fen", models.BigIntegerField(verbose_name="缴费基数(分)")),
                ("fen", models.BigIntegerField(verbose_name="应缴金额(分)")),
                ("account_fen", models.BigIntegerField(verbose_name="其中记入个人账户(分)")),
                ("ground", models.JSONField(null=True, verbose_name="更正依据")),
                ("evidence", models.TextField(blank=True, verbose_name="缴费月数的依据")),
                ("steps", models.JSONField(verbose_name="计算步骤")),
                ("standing", models.CharField(max_length=12, verbose_name="依据状态")),
                ("policy_version", models.CharField(max_length=64, verbose_name="政策版本")),
                ("case_id", models.BigIntegerField(unique=True, verbose_name="业务编号")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=backend.people.models.ClockTimestamp(), verbose_name="登记时间"
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="correction",
                        to="pension.oneoffpayment",
                        verbose_name="原核定",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.party",
                        verbose_name="参保人",
                    ),
                ),
            ],
            options={
                "verbose_name": "一次性缴费",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("account_fen__gte", 0),
                                ("base_fen__gt", 0),
                                ("fen__gt", 0),
                                ("months__gt", 0),
                            ),
                            models.Q(
                                ("account_fen", 0),
                                ("base_fen", 0),
                                ("corrects__isnull", False),
                                ("fen", 0),
                                ("months", 0),
                            ),
                            _connector="OR",
                        ),
                        name="pension_oneoff_figures",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("corrects__isnull", True), ("ground__isnull", True)),
                            models.Q(("corrects__isnull", False), ("ground__isnull", False)),
                            _connector="OR",
                        ),
                        name="pension_oneoff_ground",
                    ),
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
