"""Who sees which rows (行级安全): what a call may see is told by its transaction, and each table
says by its policies what of it lies within. The policies bind the desk alone (ADR 0029).

Nothing told, nothing seen. What is told: ``agency``, ``hall``, ``village``, ``person`` (a citizen),
``actor``, and ``sees``: EVERYBODY (the register of persons), CITY (all rows), HOUSE (the machines
of all halls), AUDIT (all signatures). A new table says what is seen of it by ``make_scoped``, or it has a reason in
``scope.toml`` why everybody may see it.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

SQL = """
CREATE FUNCTION scope_told(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('yikatong.' || name, true), '')
$$;
CREATE FUNCTION scope_sees(what text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(what = ANY (string_to_array(scope_told('sees'), ',')), false)
$$;
-- The own agency and those for which it reviews, and the schemes that it serves: of who serves
-- everybody, not of who helps one village.
CREATE FUNCTION scope_agencies() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(id), '{}') FROM access_agency
    WHERE scope_told('agency')::integer IN (id, parent_id) AND scope_sees('EVERYBODY')
$$;
CREATE FUNCTION scope_schemes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce((SELECT schemes FROM access_agency
        WHERE id = scope_told('agency')::integer AND scope_sees('EVERYBODY')), '{}')::text[]
$$;

-- Who supervises or audits and works for no agency only looks.
CREATE FUNCTION scope_writes() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT scope_told('agency') IS NOT NULL OR NOT (scope_sees('CITY') OR scope_sees('AUDIT'))
$$;

-- What is seen of a table, and what may be written.
CREATE PROCEDURE make_scoped(tab regclass, seen text, written text) LANGUAGE plpgsql AS $$
BEGIN
    written := format('(SELECT scope_writes()) AND (%s)', written);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
    EXECUTE format('CREATE POLICY sees ON %s FOR SELECT TO yikatong_desk '
                   'USING ((SELECT scope_sees(''CITY'')) OR (%s))', tab, seen);
    EXECUTE format('CREATE POLICY adds ON %s FOR INSERT TO yikatong_desk WITH CHECK (%s)',
                   tab, written);
    EXECUTE format('CREATE POLICY changes ON %s FOR UPDATE TO yikatong_desk '
                   'USING (%s) WITH CHECK (%s)', tab, written, written);
END $$;
CREATE PROCEDURE make_scoped(tab regclass, seen text) LANGUAGE sql AS $$
    CALL make_scoped(tab, seen, seen)
$$;
REVOKE EXECUTE ON PROCEDURE make_scoped(regclass, text, text) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE make_scoped(regclass, text) FROM PUBLIC;

-- What a trigger promises, it promises of all rows: it looks as the owner, whoever writes.
CREATE PROCEDURE triggers_see_all() LANGUAGE plpgsql AS $$
DECLARE one regprocedure;
BEGIN
    FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        AND prorettype = 'trigger'::regtype AND NOT prosecdef
        AND prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp', one);
    END LOOP;
END $$;
REVOKE EXECUTE ON PROCEDURE triggers_see_all() FROM PUBLIC;

-- What is the caller's own, whoever he is; ``seen`` by others too.
CREATE PROCEDURE make_callers_own(tab regclass, own text, seen text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', tab);
    EXECUTE format('CREATE POLICY sees ON %s FOR SELECT TO yikatong_desk USING ((%s) OR (%s))',
                   tab, own, seen);
    EXECUTE format('CREATE POLICY adds ON %s FOR INSERT TO yikatong_desk WITH CHECK (%s)',
                   tab, own);
    EXECUTE format('CREATE POLICY changes ON %s FOR UPDATE TO yikatong_desk '
                   'USING (%s) WITH CHECK (%s)', tab, own, own);
END $$;
REVOKE EXECUTE ON PROCEDURE make_callers_own(regclass, text, text) FROM PUBLIC;

-- A kept answer is its caller's.
CALL make_callers_own('web_keptanswer', $$actor = (SELECT scope_told('actor'))$$, 'false');

-- Machines and who stands before them, by hall.
CALL make_scoped('access_terminal',
    $$(SELECT scope_sees('HOUSE')) OR hall_id = (SELECT scope_told('hall')::integer)$$);
CALL make_scoped('access_terminalcode',
    $$(SELECT scope_sees('HOUSE')) OR hall_id = (SELECT scope_told('hall')::integer)$$,
    $$(SELECT scope_sees('HOUSE'))$$);
CALL make_scoped('access_citizensession', $$terminal_id IN (SELECT id FROM access_terminal
    WHERE hall_id = (SELECT scope_told('hall')::integer))$$);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0010_roles_certified"),
        ("audit", "0004_desk"),
        ("web", "0002_call_counts"),
    ]
    operations = [
        migrations.AddField(
            model_name="agency",
            name="schemes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=3), default=list, verbose_name="经办险种"
            ),
        ),
        migrations.AddField(
            model_name="agency",
            name="parent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="access.agency",
                verbose_name="代为复核的上级机构",
            ),
        ),
        migrations.AddField(
            model_name="staff",
            name="village_id",
            field=models.BigIntegerField(null=True, verbose_name="所协办的村(社区)"),
        ),
        # So far every agency's staff saw every scheme.
        migrations.RunSQL(
            "UPDATE access_agency SET schemes = ARRAY['110', '170', '210', '310', '390']",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
