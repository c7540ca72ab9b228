"""Papers are only added, numbered without gaps by agency, kind and year."""

from django.db import migrations

SQL = """
CALL make_append_only('issuing_officefacts');
CALL make_append_only('issuing_issuedpaper');
CALL make_append_only('issuing_printing');

CREATE FUNCTION issuing_no_gaps() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.ordinal IS DISTINCT FROM (
        SELECT coalesce(max(ordinal), 0) + 1 FROM issuing_issuedpaper
        WHERE agency_id = NEW.agency_id AND kind = NEW.kind AND year = NEW.year) THEN
        RAISE EXCEPTION 'paper % does not follow the last one', NEW.number
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'issuing_no_gaps';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_gaps BEFORE INSERT ON issuing_issuedpaper
    FOR EACH ROW EXECUTE FUNCTION issuing_no_gaps();
"""


class Migration(migrations.Migration):
    dependencies = [("issuing", "0001_initial"), ("audit", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
