"""Incompatible roles of one natural person never overlap in time (INV-08); a key is retired once."""

from django.db import migrations

SQL = """
INSERT INTO access_roleconflict (pair, role)
SELECT pair, role FROM (
    SELECT least(a, b) || '|' || greatest(a, b) AS pair, unnest(ARRAY[a, b]) AS role FROM (VALUES
        ('FINANCE', 'REVIEWER'), ('FINANCE', 'APPROVER'), ('FINANCE', 'CASHIER'),
        ('REVIEWER', 'APPROVER'), ('REVIEWER', 'CASHIER'), ('APPROVER', 'CASHIER'),
        ('CLERK', 'REVIEWER'), ('CLERK', 'APPROVER'), ('CLERK', 'CASHIER'),
        ('SUPERVISOR', 'CLERK'), ('SUPERVISOR', 'REVIEWER'), ('SUPERVISOR', 'FINANCE'),
        ('SUPERVISOR', 'APPROVER'), ('SUPERVISOR', 'CASHIER'), ('SUPERVISOR', 'VILLAGE'),
        ('VILLAGE', 'REVIEWER'), ('VILLAGE', 'APPROVER'), ('VILLAGE', 'CASHIER'),
        ('SYSTEM_ADMIN', 'SECURITY_ADMIN'), ('SYSTEM_ADMIN', 'AUDIT_ADMIN'),
        ('SECURITY_ADMIN', 'AUDIT_ADMIN'),
        ('SYSTEM_ADMIN', 'CLERK'), ('SYSTEM_ADMIN', 'REVIEWER'), ('SYSTEM_ADMIN', 'FINANCE'),
        ('SYSTEM_ADMIN', 'APPROVER'), ('SYSTEM_ADMIN', 'CASHIER'), ('SYSTEM_ADMIN', 'SUPERVISOR'),
        ('SECURITY_ADMIN', 'FINANCE'), ('SECURITY_ADMIN', 'APPROVER'),
        ('SECURITY_ADMIN', 'CASHIER')
    ) AS conflict (a, b)
) AS sides GROUP BY pair, role;

CREATE FUNCTION access_claim_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO access_roleclaim (assignment_id, person_id, pair, role, valid)
    SELECT NEW.id, NEW.person_id, c.pair, c.role, NEW.valid
    FROM access_roleconflict c WHERE c.role = NEW.role;
    RETURN NULL;
END $$;
CREATE TRIGGER claim_roles AFTER INSERT ON access_roleassignment
    FOR EACH ROW EXECUTE FUNCTION access_claim_roles();

CREATE FUNCTION access_shorten_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT OLD.valid @> NEW.valid OR (to_jsonb(OLD) - 'valid') <> (to_jsonb(NEW) - 'valid') THEN
        RAISE EXCEPTION 'a role assignment can only be shortened'
            USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE access_roleclaim SET valid = NEW.valid WHERE assignment_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER shorten_role AFTER UPDATE ON access_roleassignment
    FOR EACH ROW EXECUTE FUNCTION access_shorten_role();

REVOKE UPDATE ON access_roleassignment, access_roleconflict, access_roleclaim FROM yikatong_app;
REVOKE INSERT ON access_roleconflict FROM yikatong_app;
GRANT UPDATE (valid) ON access_roleassignment, access_roleclaim TO yikatong_app;

-- A retired key stays retired, from the instant once given. A new password seals it anew.
CREATE FUNCTION access_key_stays_retired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.retired_at IS NOT NULL AND NEW.retired_at IS DISTINCT FROM OLD.retired_at THEN
        RAISE EXCEPTION 'a key is retired once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER key_stays_retired BEFORE UPDATE ON access_signingkey
    FOR EACH ROW EXECUTE FUNCTION access_key_stays_retired();
REVOKE UPDATE ON access_signingkey FROM yikatong_app;
GRANT UPDATE (retired_at, private_sealed) ON access_signingkey TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
        ("audit", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
