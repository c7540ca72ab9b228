"""Claims on incompatible roles are written by the triggers alone (INV-08): the application can
neither empty nor invent one, nor hold a role of another person's."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION access_claim_roles() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.person_id IS DISTINCT FROM (SELECT person_id FROM access_staff WHERE id = NEW.staff_id)
    THEN
        RAISE EXCEPTION 'a role belongs to the person of the account'
            USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO access_roleclaim (assignment_id, person_id, pair, role, valid)
    SELECT NEW.id, NEW.person_id, c.pair, c.role, NEW.valid
    FROM access_roleconflict c WHERE c.role = NEW.role;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION access_shorten_role() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT OLD.valid @> NEW.valid OR isempty(NEW.valid)
        OR lower(NEW.valid) IS DISTINCT FROM lower(OLD.valid)
        OR (to_jsonb(OLD) - 'valid') <> (to_jsonb(NEW) - 'valid') THEN
        RAISE EXCEPTION 'a role assignment can only be shortened'
            USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE access_roleclaim SET valid = NEW.valid WHERE assignment_id = NEW.id;
    RETURN NULL;
END $$;

REVOKE INSERT, UPDATE ON access_roleclaim FROM yikatong_app;

-- An account is one person's for good: his roles and signatures follow it.
CREATE FUNCTION access_account_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an account stays with its person' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER account_stays BEFORE UPDATE OF id, person_id, username ON access_staff
    FOR EACH ROW WHEN ((NEW.id, NEW.person_id, NEW.username)
        IS DISTINCT FROM (OLD.id, OLD.person_id, OLD.username))
    EXECUTE FUNCTION access_account_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
