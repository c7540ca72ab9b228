"""Who lives on as whom is found by an index, both ways.

The view joined every party with the aliases; what asked for the entries of one person looked at all
parties: a tenth of a second with a million of them. The row of a party that was merged says now as
whom it lives on; a trigger of the alias writes it, and nobody else can.
"""

from django.db import migrations

SQL = """
ALTER TABLE people_party ADD COLUMN lives_on_as bigint;

CREATE OR REPLACE VIEW people_canonical WITH (security_invoker = true) AS
    SELECT id AS party_id, coalesce(lives_on_as, id) AS canonical_id FROM people_party;

DROP TRIGGER append_only ON people_party;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON people_party
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only_but_alias BEFORE UPDATE OF id, kind, recorded_at ON people_party
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
UPDATE people_party p SET lives_on_as = a.survivor_id FROM people_alias a WHERE a.party_id = p.id;
CREATE INDEX people_party_canonical ON people_party ((coalesce(lives_on_as, id)));
REVOKE INSERT ON people_party FROM yikatong_app;
GRANT INSERT (id, kind, recorded_at) ON people_party TO yikatong_app;

-- The row of the party is locked by it: whoever writes facts of that party waits for the merge.
CREATE FUNCTION people_alias_lives_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE people_party SET lives_on_as = NEW.survivor_id WHERE id = NEW.party_id;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION people_alias_lives_on() FROM PUBLIC;
CREATE TRIGGER alias_lives_on AFTER INSERT ON people_alias
    FOR EACH ROW EXECUTE FUNCTION people_alias_lives_on();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0007_one_at_a_time_in_range"), ("audit", "0004_desk")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
