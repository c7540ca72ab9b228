"""Earlier particulars of a person are kept, whoever changed them (ADR 0035)."""

from django.db import migrations

SQL = "CALL make_row_history('people_person', 'party_id', '', '');"


class Migration(migrations.Migration):
    dependencies = [("people", "0008_lives_on_as"), ("access", "0019_row_history")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
