"""Rows only grow and rest on a run and an entitlement; what is known when a run is opened."""

from django.db import migrations

SQL = """
CALL make_append_only('adjusting_change');
CALL make_append_only('adjusting_row');
CALL make_append_only('adjusting_chunk');
CALL make_append_only('adjusting_paidmonths');

-- Waits until every writer of facts has finished: what is written later carries a later instant, and
-- is listed for the next run of the adjustment.
CREATE FUNCTION adjusting_known_now() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE benefits_entitlement, benefits_component, benefits_stop, benefits_hold,
        people_death, adjusting_paidmonths IN SHARE ROW EXCLUSIVE MODE;
    RETURN clock_timestamp();
END $$;

-- A foreign key would look up and lock each by itself; entitlements are append-only.
CREATE FUNCTION adjusting_rows_rest_on() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first_id bigint; last_id bigint;
    wrong bigint;
BEGIN
    SELECT min(entitlement_id), max(entitlement_id) INTO first_id, last_id FROM new_rows;
    SELECT count(*) INTO wrong FROM new_rows w LEFT JOIN (
        SELECT id FROM benefits_entitlement WHERE id BETWEEN first_id AND last_id) e
        ON e.id = w.entitlement_id
    WHERE e.id IS NULL;
    IF wrong > 0 OR EXISTS (SELECT FROM (SELECT DISTINCT run_id FROM new_rows) w
            LEFT JOIN adjusting_run r ON r.id = w.run_id WHERE r.state IS DISTINCT FROM 'OPEN') THEN
        RAISE EXCEPTION 'an adjustment rests on an entitlement and an open run'
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rows_rest_on AFTER INSERT ON adjusting_row
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION adjusting_rows_rest_on();

-- The planner must know what a run wrote before the next one reads it; only the owner may analyse.
CREATE FUNCTION adjusting_refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE adjusting_row (run_id, entitlement_id, left_out), adjusting_change,
        adjusting_paidmonths, benefits_entitlement (id, person_id, book_id, start_month),
        benefits_component (entitlement_id, component, valid, superseded_at);
END $$;
REVOKE EXECUTE ON FUNCTION adjusting_known_now(), adjusting_refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION adjusting_known_now(), adjusting_refresh_statistics() TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("adjusting", "0001_initial"),
        ("benefits", "0002_promises"),
        ("pension", "0001_initial"),
        ("people", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
