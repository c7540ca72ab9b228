"""What was missing came on the day on which it was taken in, whoever writes it; and whom a content
names, the database knows too."""

from django.db import migrations

# The keys of a content that name a person: ``fields.toml``; a test compares them.
SQL = """
CREATE FUNCTION cases_named_in(content jsonb) RETURNS SETOF bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (one #>> '{}')::bigint
    FROM unnest(ARRAY['acting_for', 'agent', 'employer', 'employer_id', 'heirs', 'other_person',
        'party', 'party_id', 'payee', 'payer', 'person', 'person_id', 'survivor_id']) AS key,
        jsonb_path_query(content, ('$.**.' || key)::jsonpath) AS found,
        jsonb_path_query(found, '$[*] ? (@.type() == "number" && @ == @.floor())') AS one
    WHERE abs((one #>> '{}')::numeric) < 9223372036854775807
$$;

-- The clock of the database counts: a day written in later would say that it came in time, one
-- that is yet to come puts the last day of the term off. A demonstration has months of its own.
CREATE FUNCTION cases_answered_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day date := (NEW.answered_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF NEW.answered_on < NEW.asked_on OR NOT EXISTS (SELECT FROM deployment WHERE kind = 'DEMO') AND (
            NEW.answered_on <> greatest(day, NEW.asked_on)
            OR abs(extract(epoch FROM clock_timestamp() - NEW.answered_at)) > 3600) THEN
        RAISE EXCEPTION 'what was missing came on the day on which it is taken in'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answered_in_time BEFORE INSERT OR UPDATE ON cases_correction
    FOR EACH ROW WHEN (NEW.answered_at IS NOT NULL) EXECUTE FUNCTION cases_answered_in_time();
CALL triggers_see_all();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_terms_fixed"), ("people", "0010_agents_of_employers")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
