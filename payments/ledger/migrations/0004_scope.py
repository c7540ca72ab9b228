"""Books are seen by the agency that keeps them."""

from django.db import migrations

SQL = """
-- The books that the own agency keeps: of who serves everybody, not of who helps one village.
CREATE FUNCTION scope_books() RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(id), '{}') FROM ledger_book
    WHERE agency_id = scope_told('agency')::integer AND scope_sees('EVERYBODY')
$$;
REVOKE EXECUTE ON FUNCTION scope_books() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_books() TO yikatong_app;

CALL make_scoped('ledger_book',
    $$agency_id = (SELECT scope_told('agency')::integer) AND (SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('ledger_account', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('ledger_ledgermonth', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('ledger_entry', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('ledger_memoentry', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('ledger_posting', $$account_id IN (SELECT id FROM ledger_account)$$);
CALL make_scoped('ledger_monthbalance',
    $$ledger_month_id IN (SELECT id FROM ledger_ledgermonth)$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_memo_beyond_zero"), ("cases", "0011_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
