"""The role under which a call of somebody is answered (窗口角色): it may do what the application may
and no more, and policies narrow it to rows (ADR 0029)."""

from django.db import migrations

SQL = """
DO $$ BEGIN
    IF NOT (SELECT bool_or(rolbypassrls) FROM pg_roles WHERE rolname = 'yikatong_app')
        OR NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'yikatong_desk') THEN
        RAISE EXCEPTION '数据库角色是以前版本建的：请由数据库超级用户先执行 bootstrap-sql --roles-only 的输出。';
    END IF;
END $$;

GRANT USAGE ON SCHEMA public TO yikatong_desk;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE ON TABLES TO yikatong_desk;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO yikatong_desk;


-- Whoever grants or revokes calls this at the end. A view is looked through with one's own eyes.
CREATE PROCEDURE desk_as_application() LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
    FOR one IN
        WITH granted (grantee, what, target) AS (
            SELECT a.grantee, a.privilege_type,
                CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass
            FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT a.grantee, format('%s (%I)', a.privilege_type, t.attname),
                'TABLE ' || c.oid::regclass
            FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
            WHERE c.relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT a.grantee, a.privilege_type, 'ROUTINE ' || p.oid::regprocedure
            FROM pg_proc p, aclexplode(p.proacl) a WHERE p.pronamespace = 'public'::regnamespace
        )
        SELECT 1 AS turn, 'REVOKE %s ON %s FROM yikatong_desk' AS act, what, target FROM granted
        WHERE grantee = 'yikatong_desk'::regrole
        UNION ALL
        SELECT 2, 'GRANT %s ON %s TO yikatong_desk', what, target FROM granted
        WHERE grantee = 'yikatong_app'::regrole
        ORDER BY turn
    LOOP
        EXECUTE format(one.act, one.what, one.target);
    END LOOP;
    FOR one IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'
    LOOP
        EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', one.name);
    END LOOP;
END $$;
REVOKE EXECUTE ON PROCEDURE desk_as_application() FROM PUBLIC;

CREATE OR REPLACE PROCEDURE make_append_only(tab regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION append_only()', tab);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM yikatong_app, yikatong_desk', tab);
END $$;

CREATE OR REPLACE PROCEDURE make_supersede_only(tab regclass) LANGUAGE plpgsql AS $$
DECLARE frozen text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO frozen FROM pg_attribute
    WHERE attrelid = tab AND attnum > 0 AND NOT attisdropped AND attname <> 'superseded_at';
    EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION append_only()', tab);
    EXECUTE format('CREATE TRIGGER supersede_only BEFORE UPDATE OF %s ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION append_only()', frozen, tab);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM yikatong_app, yikatong_desk', tab);
    EXECUTE format('GRANT UPDATE (superseded_at) ON %s TO yikatong_app, yikatong_desk', tab);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_chain")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
