"""A role that was asked for ends once: somebody confirms it, or whoever asked withdraws it (撤回)."""

from django.db import migrations, models

SQL = """
CREATE FUNCTION access_asked_role_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.confirmed_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL
        OR (NEW.confirmed_at IS NULL OR NEW.confirmed_by_id IS NULL)
            = (NEW.withdrawn_at IS NULL) THEN
        RAISE EXCEPTION 'a role that was asked for is confirmed or withdrawn, once'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER role_confirmed_once ON access_askedrole;
CREATE TRIGGER asked_role_ends_once BEFORE UPDATE ON access_askedrole
    FOR EACH ROW EXECUTE FUNCTION access_asked_role_ends_once();
GRANT UPDATE (withdrawn_at) ON access_askedrole TO yikatong_app;
CALL desk_as_application();
CALL triggers_see_all();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0024_asked_roles_certified")]
    operations = [
        migrations.AddField(
            model_name="askedrole",
            name="withdrawn_at",
            field=models.DateTimeField(null=True, verbose_name="撤回时间"),
        ),
        migrations.AddConstraint(
            model_name="askedrole",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_at__isnull", True), ("withdrawn_at__isnull", True), _connector="OR"
                ),
                name="access_asked_role_confirmed_or_withdrawn",
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
