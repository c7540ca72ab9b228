"""Dated facts are only superseded; staff are natural persons; a merged party has one survivor."""

from django.db import migrations

SQL = """
CALL make_append_only('people_party');
CALL make_append_only('people_alias');
CALL make_supersede_only('people_partyname');
CALL make_supersede_only('people_partyidentifier');
CALL make_supersede_only('people_death');

ALTER TABLE access_staff ADD CONSTRAINT access_staff_person_fk
    FOREIGN KEY (person_id) REFERENCES people_person (party_id);
ALTER TABLE access_roleassignment ADD CONSTRAINT access_roleassignment_person_fk
    FOREIGN KEY (person_id) REFERENCES people_person (party_id);
ALTER TABLE access_signingkey ADD CONSTRAINT access_signingkey_person_fk
    FOREIGN KEY (person_id) REFERENCES people_person (party_id);

-- The one view through which merged parties are joined.
CREATE VIEW people_canonical AS
    SELECT p.id AS party_id, coalesce(a.survivor_id, p.id) AS canonical_id
    FROM people_party p LEFT JOIN people_alias a ON a.party_id = p.id;
GRANT SELECT ON people_canonical TO yikatong_app;

-- A survivor is never itself merged away: chains would hide a person from the view.
CREATE FUNCTION people_alias_is_flat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM people_alias WHERE party_id = NEW.survivor_id)
       OR EXISTS (SELECT 1 FROM people_alias WHERE survivor_id = NEW.party_id) THEN
        RAISE EXCEPTION 'a merge may not chain' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER alias_is_flat AFTER INSERT ON people_alias
    FOR EACH ROW EXECUTE FUNCTION people_alias_is_flat();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("access", "0002_promises"),
        ("audit", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
