"""The role of an agent names the employer for which he reports (单位经办人, ADR 0037). One that was
given before and names none gives nothing."""

from django.db import migrations, models

SQL = """
-- Widens who sees the rows of a table, not who writes them.
CREATE PROCEDURE also_seen(tab regclass, seen text) LANGUAGE plpgsql AS $$
DECLARE before text := (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy
    WHERE polrelid = tab AND polname = 'sees');
BEGIN
    EXECUTE format('ALTER POLICY sees ON %s USING ((%s) OR (%s))', tab, before, seen);
END $$;
REVOKE EXECUTE ON PROCEDURE also_seen(regclass, text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0020_uncertified_keys")]
    operations = [
        migrations.AddField(
            model_name="roleassignment",
            name="employer_id",
            field=models.BigIntegerField(null=True, verbose_name="所代表的单位"),
        ),
        migrations.AddConstraint(
            model_name="roleassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(role="EMPLOYER_AGENT") | models.Q(employer_id__isnull=True),
                name="access_role_employer_of_agents",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
