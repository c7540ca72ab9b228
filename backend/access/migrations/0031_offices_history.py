"""Earlier particulars of agencies and halls are kept, whoever changed them (ADR 0035): which schemes
an agency serves says who sees and decides what."""

from django.db import migrations

SQL = """
CALL make_row_history('access_agency', 'id', '', '');
CALL make_row_history('access_hall', 'id', '', '');
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0030_staff_sessions"), ("audit", "0005_row_history")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
