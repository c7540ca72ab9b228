"""Certificates and registrations are only superseded, claims only added; one registration at a
time; months are whole."""

from django.db import migrations

SQL = """
CALL make_supersede_only('unemployment_jobendreport');
CALL make_supersede_only('unemployment_registration');
CALL make_one_at_a_time('unemployment_registration', 'unemployment_registered_once',
    'true', 'person_id', 'people_party');
CALL make_append_only('unemployment_claim');
CALL make_append_only('unemployment_amountchange');

ALTER TABLE unemployment_registration ADD CONSTRAINT unemployment_registration_ends CHECK (
    NOT isempty(valid) AND NOT lower_inf(valid) AND upper_inf(valid) = (end_reason = '')
    AND end_reason IN
        ('', 'REEMPLOYED', 'ARMY', 'EMIGRATED', 'PENSION', 'IN_PRISON', 'NOT_SEEKING'));
ALTER TABLE unemployment_claim ADD CONSTRAINT unemployment_claim_whole_months CHECK (
    extract(day FROM birth_month) = 1 AND (pension_months IS NULL OR NOT isempty(pension_months)
    AND extract(day FROM lower(pension_months)) = 1
    AND extract(day FROM upper(pension_months)) = 1)),
    ADD CONSTRAINT unemployment_claim_words CHECK (
        category IN ('', 'M60', 'F55', 'F50')
        AND standing IN ('published', 'cited', 'unverified', 'demo')
        AND conditions_standing IN ('published', 'cited', 'unverified', 'demo'));
"""


class Migration(migrations.Migration):
    dependencies = [("unemployment", "0001_initial"), ("audit", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
