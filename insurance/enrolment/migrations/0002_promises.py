"""Facts are only superseded, one at a time, by whole months, of the parties that they may name."""

from django.db import migrations

TABLES = {  # table: the column of its party, and what else is the same in rows that exclude others
    "enrolment_enrolment": (
        "person_id",
        "c.scheme = n.scheme AND coalesce(c.payer_id, 0) = coalesce(n.payer_id, 0)",
        "enrolment_one_at_a_time",
    ),
    "enrolment_wage": (
        "person_id",
        "coalesce(c.payer_id, 0) = coalesce(n.payer_id, 0)",
        "enrolment_wage_one_at_a_time",
    ),
    "enrolment_supportgroup": (
        "person_id", 'c."group" = n."group"', "enrolment_group_one_at_a_time",
    ),
    "enrolment_rollentry": (
        "person_id",
        "c.scheme = n.scheme AND c.village_id = n.village_id",
        "enrolment_roll_one_at_a_time",
    ),
    "enrolment_deregistration": ("payer_id", "true", "enrolment_deregistration_one_at_a_time"),
}

DATED = """
CALL make_supersede_only('{table}');
ALTER TABLE {table}
    ADD CONSTRAINT {table}_months CHECK (NOT isempty(valid) AND NOT lower_inf(valid)
        AND extract(day FROM lower(valid)) = 1
        AND (upper_inf(valid) OR extract(day FROM upper(valid)) = 1)),
    ADD CONSTRAINT {table}_source CHECK (CASE source
        WHEN 'CASE' THEN case_id IS NOT NULL AND source_id IS NULL
        WHEN 'DESK' THEN case_id IS NULL AND source_id IS NULL
        WHEN 'ROSTER' THEN case_id IS NULL AND source_id IS NOT NULL
        WHEN 'ROLL' THEN case_id IS NULL AND source_id IS NOT NULL
        WHEN 'WAGES' THEN case_id IS NULL AND source_id IS NOT NULL
        WHEN 'BASELINE' THEN case_id IS NULL AND source_id IS NOT NULL
        ELSE false END);
CREATE TRIGGER one_at_a_time_inserted AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION people_one_at_a_time('{name}', '{same}', '{owner}');
CREATE TRIGGER one_at_a_time_updated AFTER UPDATE ON {table}
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION people_one_at_a_time('{name}', '{same}', '{owner}');
"""

SQL = """
CALL make_append_only('enrolment_enrolmentbaseline');
CALL make_append_only('enrolment_enrolmentfile');
CALL make_append_only('enrolment_cleared');

ALTER TABLE enrolment_enrolment
    ADD CONSTRAINT enrolment_payer_unless_flexible CHECK (
        (kind = 'FLEXIBLE') = (payer_id IS NULL)),
    ADD CONSTRAINT enrolment_scheme_of_kind CHECK (CASE kind
        WHEN 'EMPLOYED' THEN scheme IN ('110', '210', '310')
        WHEN 'FLEXIBLE' THEN scheme IN ('110', '310')
        WHEN 'RESIDENT' THEN scheme IN ('170', '390')
        ELSE false END),
    ADD CONSTRAINT enrolment_district CHECK (district ~ '^[1-9][0-9]{5}$');
ALTER TABLE enrolment_wage ADD CONSTRAINT enrolment_wage_source_known CHECK (
    wage_source IN ('DECLARED', 'NEW_HIRE', 'DECIDED', 'CHOSEN'));
ALTER TABLE enrolment_cleared ADD CONSTRAINT enrolment_cleared_whole_months CHECK (
    extract(day FROM from_month) = 1 AND extract(day FROM until_month) = 1);

-- Persons are insured, employers employ, villages collect from residents: one look a statement.
CREATE FUNCTION enrolment_parties_fit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n LEFT JOIN people_person p ON p.party_id = n.person_id
               WHERE p.party_id IS NULL)
       OR EXISTS (SELECT FROM new_rows n LEFT JOIN people_party p ON p.id = n.payer_id
                  WHERE NOT CASE n.kind
                      WHEN 'EMPLOYED' THEN coalesce(p.kind, '') IN ('EMPLOYER', 'INSTITUTION')
                      WHEN 'RESIDENT' THEN coalesce(p.kind, '') = 'VILLAGE'
                      ELSE p.id IS NULL END) THEN
        RAISE EXCEPTION 'an enrolment is of a person, through an employer or village'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'enrolment_parties_fit';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER parties_fit AFTER INSERT ON enrolment_enrolment
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION enrolment_parties_fit();

-- A hundred thousand wages of a declaration are of one payer: one look a statement. That persons
-- are there, the trigger for one wage at a time sees.
CREATE FUNCTION enrolment_wage_payers_there() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT payer_id FROM new_rows WHERE payer_id IS NOT NULL) n
               LEFT JOIN people_party p ON p.id = n.payer_id WHERE p.id IS NULL) THEN
        RAISE EXCEPTION 'a wage is paid by a party'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'enrolment_wage_payer';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payers_there AFTER INSERT ON enrolment_wage REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION enrolment_wage_payers_there();

-- Waits until every writer has finished and keeps new ones out until the run is opened: what
-- carries recorded_at <= the instant returned is then committed, what comes later is not.
CREATE FUNCTION enrolment_known_now() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE enrolment_enrolment, enrolment_wage, enrolment_supportgroup, enrolment_rollentry,
        enrolment_deregistration, people_alias IN SHARE ROW EXCLUSIVE MODE;
    RETURN clock_timestamp();
END $$;
REVOKE EXECUTE ON FUNCTION enrolment_known_now() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enrolment_known_now() TO yikatong_app;

-- The planner must know what a file or a take-over has just written; only the owner may analyse.
CREATE FUNCTION enrolment_refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE people_alias, enrolment_enrolment, enrolment_wage, enrolment_supportgroup,
        enrolment_rollentry, enrolment_deregistration;
END $$;
REVOKE EXECUTE ON FUNCTION enrolment_refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION enrolment_refresh_statistics() TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0001_initial"),
        ("people", "0002_promises"),
        ("audit", "0002_promises"),
    ]
    operations = [
        *(
            migrations.RunSQL(
                DATED.format(table=table, owner=owner, same=same, name=name),
                migrations.RunSQL.noop,
            )
            for table, (owner, same, name) in TABLES.items()
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
