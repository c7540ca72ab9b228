"""Keys carry a certificate; one account a person; nobody grants a role to himself."""

from django.db import migrations, models

SQL = """
GRANT UPDATE (private_sealed) ON access_signingkey TO yikatong_app;

-- A retired key stays retired, from the instant once given.
CREATE FUNCTION access_key_stays_retired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at THEN
        RAISE EXCEPTION 'a key is retired once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER key_stays_retired BEFORE UPDATE ON access_signingkey
    FOR EACH ROW EXECUTE FUNCTION access_key_stays_retired();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0002_promises")]
    operations = [
        migrations.AddField(
            model_name="signingkey",
            name="certificate",
            field=models.BinaryField(default=b"", verbose_name="密钥证明"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="staff",
            constraint=models.UniqueConstraint(
                fields=["person_id"],
                name="access_staff_one_account_a_person",
                condition=models.Q(is_active=True),
            ),
        ),
        migrations.AddConstraint(
            model_name="roleassignment",
            constraint=models.CheckConstraint(
                name="access_role_not_own_grant",
                condition=models.Q(granted_by__isnull=True)
                | models.Q(("granted_by", models.F("staff")), _negated=True),
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
