"""A delegation is revoked at the clock of its writing, under the lock for which its signers hold each
other up: no signature under it is later than its end."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION access_delegation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['confirmed_by_id', 'confirmed_at', 'certificate', 'revoked_by_id',
                               'revoked_at', 'revoke_reason'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.confirmed_at IS NOT NULL OR NEW.revoked_at IS NOT NULL THEN
            RAISE EXCEPTION 'a delegation is born unconfirmed' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - moving) <> (to_jsonb(NEW) - moving)
        OR OLD.confirmed_at IS NOT NULL AND (OLD.confirmed_by_id, OLD.confirmed_at, OLD.certificate)
            IS DISTINCT FROM (NEW.confirmed_by_id, NEW.confirmed_at, NEW.certificate)
        OR OLD.revoked_at IS NOT NULL AND (OLD.revoked_by_id, OLD.revoked_at, OLD.revoke_reason)
            IS DISTINCT FROM (NEW.revoked_by_id, NEW.revoked_at, NEW.revoke_reason) THEN
        RAISE EXCEPTION 'a delegation is confirmed once and revoked once'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN
        NEW.revoked_at := greatest(NEW.revoked_at, clock_timestamp());  -- never before it
    END IF;
    RETURN NEW;
END $$;

CALL triggers_see_all();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0015_delegated_once")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
