"""A session at a kiosk is a natural person's."""

from django.db import migrations

SQL = """
ALTER TABLE access_citizensession ADD CONSTRAINT access_citizensession_person_fk
    FOREIGN KEY (person_id) REFERENCES people_person (party_id);
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0002_promises"), ("access", "0009_citizen_sessions")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
