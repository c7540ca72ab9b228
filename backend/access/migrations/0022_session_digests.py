"""Of a citizen's session key the table keeps a digest, written once."""

from django.db import migrations, models

DIGESTS = """
UPDATE access_citizensession SET digest = encode(sha256(convert_to(key, 'UTF8')), 'hex')
WHERE fetched_at IS NOT NULL;
CREATE FUNCTION access_session_keeps_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a session has one key' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER session_keeps_key BEFORE UPDATE OF digest ON access_citizensession
    FOR EACH ROW WHEN (OLD.digest IS NOT NULL)
    EXECUTE FUNCTION access_session_keeps_key();
GRANT UPDATE (digest) ON access_citizensession TO yikatong_app;
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0021_agents_of_employers")]

    operations = [
        migrations.AddField(
            model_name="citizensession",
            name="digest",
            field=models.CharField(
                max_length=64, null=True, unique=True, verbose_name="会话号摘要"
            ),
        ),
        migrations.RunSQL(DIGESTS, reverse_sql=migrations.RunSQL.noop),
        migrations.RemoveField(model_name="citizensession", name="key"),
        migrations.AddConstraint(
            model_name="citizensession",
            constraint=models.CheckConstraint(
                condition=models.Q(digest__isnull=True, fetched_at__isnull=True)
                | models.Q(digest__isnull=False, fetched_at__isnull=False),
                name="access_citizensession_fetched_with_key",
            ),
        ),
    ]
