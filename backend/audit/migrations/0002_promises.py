"""Append-only tables: triggers that also stop the owner, and no rights for the application."""

from django.db import migrations

SQL = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE PROCEDURE make_append_only(tab regclass) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION append_only()', tab);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM yikatong_app', tab);
END $$;

-- Facts with two times: a row may only be closed, by setting superseded_at.
CREATE PROCEDURE make_supersede_only(tab regclass) LANGUAGE plpgsql AS $$
DECLARE frozen text;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ') INTO frozen FROM pg_attribute
    WHERE attrelid = tab AND attnum > 0 AND NOT attisdropped AND attname <> 'superseded_at';
    EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION append_only()', tab);
    EXECUTE format('CREATE TRIGGER supersede_only BEFORE UPDATE OF %s ON %s '
                   'FOR EACH STATEMENT EXECUTE FUNCTION append_only()', frozen, tab);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM yikatong_app', tab);
    EXECUTE format('GRANT UPDATE (superseded_at) ON %s TO yikatong_app', tab);
END $$;

REVOKE EXECUTE ON PROCEDURE make_append_only(regclass) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE make_supersede_only(regclass) FROM PUBLIC;

CALL make_append_only('audit_act');
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
