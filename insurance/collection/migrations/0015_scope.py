"""What is owed and paid is seen by the agencies that serve its scheme; what one fund pays to another
by those that keep their books."""

from django.db import migrations

SQL = """
CALL make_scoped('collection_billline', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_bill', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_notbilled', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_fixedamount', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_deferral', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_receipt', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_declaredline', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_finding', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_matchtotal', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_treasuryrefund', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_refundadvance', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('collection_advanceuse',
    $$EXISTS (SELECT FROM collection_refundadvance p
        WHERE p.id = collection_advanceuse.advance_id)$$);
CALL make_scoped('collection_suspense',
    $$EXISTS (SELECT FROM collection_receipt p WHERE p.id = collection_suspense.receipt_id)$$);
-- Who pays sees it, and who receives; of the persons on the list only what is his scheme's.
CREATE FUNCTION scope_received_lists() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT list_id), '{}') FROM collection_fundpayment
    WHERE into_id = ANY (scope_books())
$$;
REVOKE EXECUTE ON FUNCTION scope_received_lists() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_received_lists() TO yikatong_app;
CALL make_scoped('collection_fundlist',
    $$book_id = ANY ((SELECT scope_books())::integer[])
        OR id = ANY ((SELECT scope_received_lists())::bigint[])$$,
    $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('collection_fundline',
    $$list_id IN (SELECT id FROM collection_fundlist
        WHERE book_id = ANY ((SELECT scope_books())::integer[]))
        OR list_id = ANY ((SELECT scope_received_lists())::bigint[])
        AND scheme = ANY ((SELECT scope_schemes())::text[])$$,
    $$list_id IN (SELECT id FROM collection_fundlist
        WHERE book_id = ANY ((SELECT scope_books())::integer[]))$$);
CALL make_scoped('collection_fundpayment',
    $$list_id IN (SELECT id FROM collection_fundlist
        WHERE book_id = ANY ((SELECT scope_books())::integer[]))
        OR into_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('collection_fundreceipt',
    $$payment_id IN (SELECT id FROM collection_fundpayment)$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("collection", "0014_amended"), ("ledger", "0004_scope"), ("accounts", "0009_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
