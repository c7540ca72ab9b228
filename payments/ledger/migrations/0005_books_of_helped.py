"""Who helps an agency with too few people sees that it keeps a book; what is in it stays its own."""

from django.db import migrations

SQL = """
ALTER POLICY sees ON ledger_book USING ((SELECT scope_sees('CITY'))
    OR agency_id = ANY ((SELECT scope_agencies())::integer[]));

-- The books of the own agency and of those that it helps.
CREATE FUNCTION scope_helped_books() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}') FROM ledger_book
    WHERE agency_id = ANY (scope_agencies())
$$;
REVOKE EXECUTE ON FUNCTION scope_helped_books() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_helped_books() TO yikatong_app;

CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
