"""An allowance for illness becomes a pension; a second paper lets who draws it retire."""

import django.db.models.deletion
from django.db import migrations, models

import backend.people.models

SQL = """
CALL make_supersede_only('pension_allowancetopension');
ALTER TABLE pension_allowancetopension ADD CONSTRAINT pension_topension_whole_month CHECK (
    extract(day FROM first_month) = 1);

-- Which expense an entitlement is follows its last award, and what turned it into a pension.
CREATE FUNCTION pension_item_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pension_award a WHERE a.entitlement_id = NEW.id
            AND (a.route = 'ILLNESS') = (NEW.item_ordinal IS NOT NULL)
            AND NOT EXISTS (SELECT FROM pension_award n WHERE n.previous_id = a.id))
        OR NEW.item_until IS DISTINCT FROM (SELECT t.first_month FROM pension_allowancetopension t
            WHERE t.entitlement_id = NEW.id AND t.superseded_at IS NULL) THEN
        RAISE EXCEPTION 'an expense is what the last award and its turning into a pension say'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER item_moves BEFORE UPDATE OF item_ordinal, item_until ON benefits_entitlement
    FOR EACH ROW EXECUTE FUNCTION pension_item_moves();

CALL make_scoped('pension_allowancetopension', $$'110' = ANY ((SELECT scope_schemes())::text[])$$);
CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0032_item_until_a_month"),
        ("pension", "0014_allowance_of_earlier_awards"),
    ]
    operations = [
        migrations.AddField(
            model_name="retirementapproval",
            name="after_allowance",
            field=models.BooleanField(db_default=False, verbose_name="领取病残津贴以后退休"),
        ),
        migrations.RemoveConstraint(
            model_name="retirementapproval", name="pension_approval_one_current"
        ),
        migrations.AddConstraint(
            model_name="retirementapproval",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at__isnull", True)),
                fields=("person", "after_allowance"),
                name="pension_approval_one_current",
            ),
        ),
        migrations.CreateModel(
            name="AllowanceToPension",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("case_id", models.BigIntegerField(unique=True, verbose_name="业务编号")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        db_default=backend.people.models.ClockTimestamp(), verbose_name="登记时间"
                    ),
                ),
                ("superseded_at", models.DateTimeField(null=True, verbose_name="被替代时间")),
                ("first_month", models.DateField(verbose_name="基本养老金起始月")),
                ("steps", models.JSONField(verbose_name="计算步骤")),
                ("ground", models.JSONField(null=True, verbose_name="更正依据")),
                ("standing", models.CharField(max_length=12, verbose_name="依据状态")),
                ("policy_version", models.CharField(max_length=64, verbose_name="政策版本")),
                (
                    "approval",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="pension.retirementapproval",
                        verbose_name="退休审批",
                    ),
                ),
                (
                    "entitlement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        to="benefits.entitlement",
                        verbose_name="待遇",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="people.party",
                        verbose_name="参保人",
                    ),
                ),
            ],
            options={
                "verbose_name": "病残津贴转基本养老金",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("superseded_at__isnull", True)),
                        fields=("entitlement",),
                        name="pension_topension_one_current",
                    )
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
