"""Roles end with their account (停用): one that has not begun can be withdrawn, as an empty range."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION access_shorten_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT OLD.valid @> NEW.valid
        OR isempty(NEW.valid) AND lower(OLD.valid) <= (now() AT TIME ZONE 'Asia/Shanghai')::date
        OR NOT isempty(NEW.valid) AND lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)
        OR (to_jsonb(OLD) - 'valid') <> (to_jsonb(NEW) - 'valid') THEN
        RAISE EXCEPTION 'a role assignment can only be shortened'
            USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE access_roleclaim SET valid = NEW.valid WHERE assignment_id = NEW.id;
    RETURN NULL;
END $$;

-- Accounts closed before: their roles end today, or are withdrawn.
UPDATE access_roleassignment r
SET valid = r.valid * daterange(NULL, (now() AT TIME ZONE 'Asia/Shanghai')::date + 1)
FROM access_staff s
WHERE s.id = r.staff_id AND NOT s.is_active
    AND NOT r.valid <@ daterange(NULL, (now() AT TIME ZONE 'Asia/Shanghai')::date + 1);
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0004_password_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
