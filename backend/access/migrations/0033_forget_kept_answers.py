"""A kept answer is forgotten once nobody repeats its request any more; sooner, by nobody."""

from django.db import migrations

SQL = """
CREATE FUNCTION web_forget_kept_answers() RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM web_keptanswer WHERE at < now() - interval '180 days' RETURNING 1)
    SELECT count(*) FROM gone
$$;
REVOKE EXECUTE ON FUNCTION web_forget_kept_answers() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION web_forget_kept_answers() TO yikatong_app;
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0032_initial_keys"), ("web", "0003_kept_answer_of")]
    operations = [
        migrations.RunSQL(SQL, reverse_sql="DROP FUNCTION web_forget_kept_answers()"),
    ]
