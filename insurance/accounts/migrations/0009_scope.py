"""Personal accounts are seen by the agencies that serve their scheme, and by whose they are."""

from django.db import migrations

SQL = """
CALL make_scoped('accounts_accountentry',
    $$scheme = ANY ((SELECT scope_schemes())::text[])
        OR person_id = ANY ((SELECT scope_own())::bigint[])$$,
    $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('accounts_outgoing', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('accounts_cameback', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('accounts_transfer', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('accounts_fixedrate', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('accounts_schemeswitch',
    $$from_scheme = ANY ((SELECT scope_schemes())::text[])
        OR to_scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('accounts_outgoingdue',
    $$EXISTS (SELECT FROM accounts_outgoing p WHERE p.id = accounts_outgoingdue.outgoing_id)$$);
CALL make_scoped('accounts_transferstep',
    $$EXISTS (SELECT FROM accounts_transfer p WHERE p.id = accounts_transferstep.transfer_id)$$);
CALL make_scoped('accounts_yearclose',
    $$run_id IN (SELECT id FROM accounts_interestrun
        WHERE scheme = ANY ((SELECT scope_schemes())::text[]))
        OR person_id = ANY ((SELECT scope_own())::bigint[])$$,
    $$run_id IN (SELECT id FROM accounts_interestrun
        WHERE scheme = ANY ((SELECT scope_schemes())::text[]))$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_came_back"), ("people", "0004_scope"), ("enrolment", "0006_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
