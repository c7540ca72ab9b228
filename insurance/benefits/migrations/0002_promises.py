"""Dues only grow; facts are only superseded; one instant up to which a run knows everything."""

from django.db import migrations

SQL = """
CALL make_append_only('benefits_baseline');
CALL make_append_only('benefits_entitlement');
CALL make_supersede_only('benefits_component');
CALL make_one_at_a_time('benefits_component', 'benefits_component_one_at_a_time',
    'c.component = n.component', 'entitlement_id', 'benefits_entitlement');
CALL make_supersede_only('benefits_stop');
CALL make_supersede_only('benefits_hold');
CALL make_append_only('benefits_runchange');
CALL make_append_only('benefits_runchunk');
CALL make_append_only('benefits_due');
CALL make_append_only('benefits_held');
CALL make_append_only('benefits_cancelled');
CALL make_append_only('benefits_overpaid');
CALL make_append_only('benefits_accountpayout');

ALTER TABLE benefits_due
    ALTER COLUMN due_ref SET DEFAULT nextval('payments_due_ref'),
    ADD CONSTRAINT benefits_due_kind CHECK (
        CASE kind WHEN 1 THEN for_month = run_period WHEN 2 THEN for_month < run_period
        ELSE false END),
    ADD CONSTRAINT benefits_due_parts CHECK (fen = coalesce(parts[1], 0)
        + coalesce(parts[2], 0) + coalesce(parts[3], 0) + coalesce(parts[4], 0));

-- Waits until every writer of facts has finished and keeps new ones out until the run is opened:
-- what carries recorded_at <= the instant returned is then committed, what comes later is not.
CREATE FUNCTION benefits_known_now() RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE benefits_entitlement, benefits_component, benefits_stop, benefits_hold,
        people_death, payments_payeeaccount, payments_accountblock IN SHARE ROW EXCLUSIVE MODE;
    RETURN clock_timestamp();
END $$;
REVOKE EXECUTE ON FUNCTION benefits_known_now() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION benefits_known_now() TO yikatong_app;

-- A due rests on an entitlement: a foreign key would look up and lock each by itself, a fifth of the
-- time of a month. Entitlements are append-only, so one look at all of them proves the same.
CREATE FUNCTION benefits_dues_have_entitlements() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE first_id bigint; last_id bigint;  -- of one chunk: the others need not be read
    wrong bigint;  -- counted: asked whether there is one, the planner would look up each
BEGIN
    SELECT min(entitlement_id), max(entitlement_id) INTO first_id, last_id FROM new_dues;
    SELECT count(*) INTO wrong FROM new_dues w LEFT JOIN (
        SELECT id FROM benefits_entitlement WHERE id BETWEEN first_id AND last_id) e
        ON e.id = w.entitlement_id
    WHERE e.id IS NULL;
    IF wrong > 0 THEN
        RAISE EXCEPTION 'a due rests on an entitlement' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER dues_have_entitlements AFTER INSERT ON benefits_due
    REFERENCING NEW TABLE AS new_dues
    FOR EACH STATEMENT EXECUTE FUNCTION benefits_dues_have_entitlements();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0001_initial"),
        ("payments", "0002_promises"),
        ("people", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
