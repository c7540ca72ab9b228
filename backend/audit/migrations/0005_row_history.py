"""What stood in a row before it was changed or deleted, whoever wrote the statement (ADR 0035)."""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models.functions import Now

import backend.audit.models

SQL = """
-- By statement: a million rows are one INSERT … SELECT. Arguments: the key; columns whose changes are
-- of no interest; columns of which only the change is told.
CREATE FUNCTION keep_row_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    key text := TG_ARGV[0];
    passing text[] := string_to_array(TG_ARGV[1], ',');
    secret text[] := string_to_array(TG_ARGV[2], ',');
    actor text := coalesce(current_setting('yikatong.actor', true), '');
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO audit_rowhistory (table_name, row_key, operation, before, changed, actor, db_role)
        SELECT TG_TABLE_NAME, to_jsonb(o) ->> key, TG_OP, to_jsonb(o) - passing - secret, '{}',
            actor, session_user
        FROM was o;
        RETURN NULL;
    END IF;
    INSERT INTO audit_rowhistory (table_name, row_key, operation, before, changed, actor, db_role)
    SELECT TG_TABLE_NAME, o.row ->> key, TG_OP, o.row - passing - secret,
        (SELECT array_agg(k ORDER BY k) FROM jsonb_object_keys(o.row - passing) k
        WHERE o.row -> k IS DISTINCT FROM n.row -> k), actor, session_user
    FROM (SELECT to_jsonb(w) AS row FROM was w) o
    LEFT JOIN (SELECT to_jsonb(b) AS row FROM became b) n ON n.row ->> key = o.row ->> key
    WHERE o.row - passing IS DISTINCT FROM n.row - passing;
    RETURN NULL;
END $$;

CREATE PROCEDURE make_row_history(tab regclass, key text, passing text, secret text)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER history_of_changes AFTER UPDATE ON %s '
        'REFERENCING OLD TABLE AS was NEW TABLE AS became FOR EACH STATEMENT '
        'EXECUTE FUNCTION keep_row_history(%L, %L, %L)', tab, key, passing, secret);
    EXECUTE format('CREATE TRIGGER history_of_deletions AFTER DELETE ON %s '
        'REFERENCING OLD TABLE AS was FOR EACH STATEMENT '
        'EXECUTE FUNCTION keep_row_history(%L, %L, %L)', tab, key, passing, secret);
END $$;
REVOKE EXECUTE ON FUNCTION keep_row_history() FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE make_row_history(regclass, text, text, text) FROM PUBLIC;

CALL make_append_only('audit_rowhistory');
REVOKE INSERT ON audit_rowhistory FROM yikatong_app;
REVOKE ALL ON SEQUENCE audit_rowhistory_id_seq FROM yikatong_app;
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_desk")]
    operations = [
        migrations.CreateModel(
            name="RowHistory",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=Now(), verbose_name="时间")),
                ("table_name", models.CharField(max_length=63, verbose_name="表")),
                ("row_key", models.CharField(max_length=40, verbose_name="行")),
                (
                    "operation",
                    models.CharField(
                        choices=[("UPDATE", "更改"), ("DELETE", "删除")],
                        max_length=6,
                        verbose_name="操作",
                    ),
                ),
                ("before", models.JSONField(verbose_name="此前")),
                (
                    "changed",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=63),
                        size=None,
                        verbose_name="改动的列",
                    ),
                ),
                ("actor", models.CharField(blank=True, max_length=80, verbose_name="调用者")),
                ("db_role", models.CharField(max_length=63, verbose_name="数据库账号")),
                (
                    "tx",
                    models.BigIntegerField(
                        db_default=backend.audit.models.CurrentTransaction(),
                        editable=False,
                        verbose_name="事务",
                    ),
                ),
            ],
            options={
                "verbose_name": "行历史",
                "indexes": [
                    models.Index(fields=["table_name", "row_key"], name="audit_rowhistory_row")
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
