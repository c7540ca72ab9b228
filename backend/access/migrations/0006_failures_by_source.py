"""How often was a wrong password given here: asked at every login."""

from django.db import migrations

SQL = """
CREATE INDEX access_failures_by_source ON audit_act ((details->>'source'), at)
    WHERE name = 'access.credentials_refused';
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0005_closed_accounts_hold_no_role"), ("audit", "0002_promises")]
    operations = [migrations.RunSQL(SQL, "DROP INDEX access_failures_by_source")]
