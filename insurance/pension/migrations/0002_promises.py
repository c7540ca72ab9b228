"""What was recognised is only superseded; periods are whole months that end."""

from django.db import migrations

SQL = """
CALL make_supersede_only('pension_archivefacts');
CALL make_append_only('pension_archiveperiod');

ALTER TABLE pension_archivefacts ADD CONSTRAINT pension_archive_whole_months CHECK (
    extract(day FROM birth_month) = 1 AND extract(day FROM id_birth_month) = 1
    AND extract(day FROM first_work_month) = 1 AND birth_month < first_work_month),
    ADD CONSTRAINT pension_archive_category CHECK (category IN ('M60', 'F55', 'F50'));
ALTER TABLE pension_archiveperiod ADD CONSTRAINT pension_period_months CHECK (
    NOT isempty(months) AND NOT lower_inf(months) AND NOT upper_inf(months)
    AND extract(day FROM lower(months)) = 1 AND extract(day FROM upper(months)) = 1);
"""


class Migration(migrations.Migration):
    dependencies = [("pension", "0001_initial"), ("audit", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
