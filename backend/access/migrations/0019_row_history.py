"""Earlier values of accounts, roles and terminals are kept, and seen by who audits (ADR 0035). A log-in,
a used code, a heartbeat and this host's certificate are no change; of secrets only that they changed."""

from django.db import migrations

SQL = """
CALL make_row_history('access_staff', 'id', 'last_login,totp_last_step', 'password,totp_sealed');
CALL make_row_history('access_roleassignment', 'id', 'certificate', '');
CALL make_row_history('access_terminal', 'id', 'seen_at,state', '');
CALL make_scoped('audit_rowhistory', $$(SELECT scope_sees('AUDIT'))$$);
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0018_trusted_keys"), ("audit", "0005_row_history")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
