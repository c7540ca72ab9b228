"""One name, and one number of a kind, at a time: the same promise at a quarter of the price.

An exclusion constraint descends a GiST index of all parties with every row. For 200,000 names that
took 9 to 14 s; a unique index on the first day, and a trigger that looks once per statement at the
parties it touched, took 2.3 s with the locks below. What the exclusion constraint did is kept:

- Rows of one statement are compared with each other and with all rows there are, also when a
  closed row is opened again.
- Two transactions at once: the trigger locks the parties it touches, so that the second one waits
  for the first and then sees its rows. A party made by this very transaction needs no lock:
  nobody else can see it, and a row for a party that cannot be seen is refused (its foreign key is
  checked at commit only, which would be too late).
- In a transaction that does not look again after the wait (repeatable read, serializable) rows
  for parties of others are refused.
- The refusal is an exclusion violation under the name of the constraint, as before.
"""

from django.contrib.postgres.fields.ranges import RangeStartsWith
from django.db import migrations, models

CURRENT = models.Q(("superseded_at__isnull", True))

SQL = """
-- Arguments: the name of the constraint, what else is the same, the column of the party.
CREATE FUNCTION people_one_at_a_time() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owner text := coalesce(TG_ARGV[2], 'party_id');
    unseen boolean;
    locked bigint;
    overlapping bigint;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM new_rows n WHERE n.superseded_at IS NULL'
        ' AND NOT EXISTS (SELECT FROM people_party p WHERE p.id = n.%I))', owner)
    INTO unseen;
    IF unseen THEN
        RAISE EXCEPTION 'a row of % names a party that is not there', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    EXECUTE format('SELECT FROM people_party p'
        ' WHERE p.id IN (SELECT n.%I FROM new_rows n WHERE n.superseded_at IS NULL)'
        ' AND p.xmin <> pg_current_xact_id()::xid ORDER BY p.id FOR NO KEY UPDATE', owner);
    GET DIAGNOSTICS locked = ROW_COUNT;
    IF locked > 0 AND current_setting('transaction_isolation') NOT LIKE 'read %' THEN
        RAISE EXCEPTION 'rows of % are written in read committed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    EXECUTE format('SELECT n.%2$I FROM new_rows n JOIN %1$s c ON c.%2$I = n.%2$I'
        ' AND c.superseded_at IS NULL AND c.id <> n.id AND c.valid && n.valid AND %3$s'
        ' WHERE n.superseded_at IS NULL LIMIT 1', TG_RELID::regclass, owner, TG_ARGV[1])
    INTO overlapping;
    IF overlapping IS NOT NULL THEN
        RAISE EXCEPTION 'party % has two rows of % at a time', overlapping, TG_TABLE_NAME
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER one_at_a_time_inserted AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION people_one_at_a_time('{name}', '{same}');
CREATE TRIGGER one_at_a_time_updated AFTER UPDATE ON {table}
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION people_one_at_a_time('{name}', '{same}');
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0003_past_facts")]
    operations = [
        migrations.RemoveConstraint("partyname", "people_name_one_at_a_time"),
        migrations.RemoveConstraint("partyidentifier", "people_identifier_one_at_a_time"),
        migrations.AddConstraint(
            "partyname",
            models.UniqueConstraint(
                models.F("party"),
                RangeStartsWith("valid"),
                name="people_name_one_at_a_time",
                condition=CURRENT,
            ),
        ),
        migrations.AddConstraint(
            "partyidentifier",
            models.UniqueConstraint(
                models.F("party"),
                models.F("kind"),
                RangeStartsWith("valid"),
                name="people_identifier_one_at_a_time",
                condition=CURRENT,
            ),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
        migrations.RunSQL(
            TRIGGERS.format(table="people_partyname", name="people_name_one_at_a_time", same="true")
            + TRIGGERS.format(
                table="people_partyidentifier",
                name="people_identifier_one_at_a_time",
                same="c.kind = n.kind",
            ),
            migrations.RunSQL.noop,
        ),
    ]
