"""Batches and their lines are seen by the agency whose book pays them; an account for payments is its
holder's, whoever pays to it."""

from django.db import migrations

SQL = """
CALL make_scoped('payments_batch', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
CALL make_scoped('payments_chunk', $$batch_id IN (SELECT id FROM payments_batch)$$);
CALL make_scoped('payments_attempt', $$batch_id IN (SELECT id FROM payments_batch)$$);
CALL make_scoped('payments_bankfile', $$batch_id IN (SELECT id FROM payments_batch)$$);
CALL make_scoped('payments_discrepancy', $$batch_id IN (SELECT id FROM payments_batch)$$);
-- A file that was refused belongs to no batch: whoever may see return files sees it.
CALL make_scoped('payments_returnfile',
    $$(batch_id IS NULL AND (SELECT scope_sees('EVERYBODY')))
        OR batch_id IN (SELECT id FROM payments_batch)$$);
CALL make_scoped('payments_payeeaccount',
    $$(SELECT scope_sees('EVERYBODY')) OR payee_id = ANY ((SELECT scope_own())::bigint[])$$,
    $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('payments_accountblock',
    $$EXISTS (SELECT FROM payments_payeeaccount p WHERE p.id = payments_accountblock.account_id)$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_found_not_paid"), ("ledger", "0004_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
