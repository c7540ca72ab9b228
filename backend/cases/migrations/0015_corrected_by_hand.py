"""Whoever took in what was missing had a hand in the case: another signs it, and another answers the
objection to it."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION cases_steps_by_different_persons() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT unnest(ARRAY[NEW.received_by, NEW.accepted_by])
            UNION ALL SELECT k.answered_by FROM cases_correction k WHERE k.case_id = NEW.id
        ) AS taken (party)
        JOIN unnest(ARRAY[NEW.reviewed_by, NEW.decided_by]) AS signed (party)
            ON cases_natural_person(taken.party) = cases_natural_person(signed.party))
        OR cases_natural_person(NEW.reviewed_by) = cases_natural_person(NEW.decided_by) THEN
        RAISE EXCEPTION 'one person took two steps of case %', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION cases_objection_by_others() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE decided bigint := CASE WHEN NEW.content ->> 'decided_case' ~ '^[0-9]{1,18}$'
    THEN (NEW.content ->> 'decided_case')::bigint END;
BEGIN
    IF EXISTS (
        SELECT FROM (
            SELECT unnest(ARRAY[d.received_by, d.accepted_by, d.reviewed_by, d.decided_by])
            FROM cases_case d WHERE d.id = decided
            UNION ALL SELECT k.answered_by FROM cases_correction k WHERE k.case_id = decided
        ) AS had (party)
        JOIN unnest(ARRAY[NEW.reviewed_by, NEW.decided_by]) AS answers (party)
            ON had.party = answers.party) THEN
        RAISE EXCEPTION 'an objection is answered by others than decided'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CALL triggers_see_all();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0014_calendar_known")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
