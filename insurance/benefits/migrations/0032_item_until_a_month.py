"""All of an entitlement is of one expense item until a month; which one may be corrected."""

from django.db import migrations, models

SQL = """
DROP TRIGGER only_start_moves ON benefits_entitlement;
DO $$
DECLARE frozen text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO frozen FROM pg_attribute
    WHERE attrelid = 'benefits_entitlement'::regclass AND attnum > 0 AND NOT attisdropped
        AND attname NOT IN ('start_month', 'item_ordinal', 'item_until');
    EXECUTE format('CREATE TRIGGER only_start_moves BEFORE UPDATE OF %s '
        'ON benefits_entitlement FOR EACH STATEMENT EXECUTE FUNCTION append_only()', frozen);
END $$;
GRANT UPDATE (start_month, item_ordinal, item_until) ON benefits_entitlement TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0031_district_of_residents")]
    operations = [
        migrations.AddField(
            model_name="entitlement",
            name="item_until",
            field=models.DateField(null=True, verbose_name="支出项目截止于"),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("item_until__isnull", True),
                    models.Q(
                        ("item_ordinal__isnull", False),
                        ("item_until__gt", models.F("start_month")),
                    ),
                    _connector="OR",
                ),
                name="benefits_entitlement_item_until",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
