"""A role ends at once, not only with its day (立即终止): from an instant on, told once.

The instant is the clock of its writing, under the lock for which whoever signs in the role holds it
up: no signature in it is later than its end.
"""

from django.db import migrations, models

SQL = """
CREATE FUNCTION access_role_ends_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.ended_at IS NOT NULL
        OR TG_OP = 'UPDATE' AND OLD.ended_at IS DISTINCT FROM NEW.ended_at
            AND OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'a role is ended at once, once' USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
        NEW.ended_at := greatest(NEW.ended_at, clock_timestamp());
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER role_ends_at_once BEFORE INSERT OR UPDATE ON access_roleassignment
    FOR EACH ROW EXECUTE FUNCTION access_role_ends_at_once();

CREATE OR REPLACE FUNCTION access_shorten_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE moving text[] := ARRAY['valid', 'certificate', 'ended_at'];
BEGIN
    IF NOT OLD.valid @> NEW.valid
        OR isempty(NEW.valid) AND lower(OLD.valid) <= (now() AT TIME ZONE 'Asia/Shanghai')::date
        OR NOT isempty(NEW.valid) AND lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)
        OR (to_jsonb(OLD) - moving) <> (to_jsonb(NEW) - moving) THEN
        RAISE EXCEPTION 'a role assignment can only be shortened'
            USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE access_roleclaim SET valid = NEW.valid WHERE assignment_id = NEW.id;
    RETURN NULL;
END $$;
GRANT UPDATE (ended_at) ON access_roleassignment TO yikatong_app;
CALL desk_as_application();
CALL triggers_see_all();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0028_always_by_two")]
    operations = [
        migrations.AddField(
            model_name="roleassignment",
            name="ended_at",
            field=models.DateTimeField(null=True, verbose_name="立即终止时间"),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
