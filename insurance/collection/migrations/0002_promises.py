"""Lines, receipts and allocations only grow; nothing pays more than it is, or than is owed."""

from django.db import migrations

SQL = """
CALL make_append_only('collection_billchunk');
CALL make_append_only('collection_billchange');
CALL make_append_only('collection_notbilled');
CALL make_append_only('collection_billline');
CALL make_append_only('collection_bill');
CALL make_append_only('collection_taxfile');
CALL make_append_only('collection_sentrun');
CALL make_append_only('collection_receipt');
CALL make_append_only('collection_declaredline');
CALL make_append_only('collection_match');
CALL make_append_only('collection_allocation');
CALL make_supersede_only('collection_undeclared');
CALL make_supersede_only('collection_deferral');
CALL make_one_at_a_time('collection_undeclared', 'collection_undeclared_one_at_a_time',
    'true', 'payer_id', 'people_party');

REVOKE UPDATE, DELETE, TRUNCATE ON collection_billrun FROM yikatong_app;
GRANT UPDATE (state, summary, done_at) ON collection_billrun TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON collection_billrun
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
REVOKE UPDATE, DELETE, TRUNCATE ON collection_finding, collection_suspense FROM yikatong_app;
GRANT UPDATE (owner_role, owner_staff_id, decision, case_id, closed_at)
    ON collection_finding, collection_suspense TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON collection_finding
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON collection_suspense
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

CREATE FUNCTION collection_closed_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what two people settled stays settled' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER closed_once BEFORE UPDATE ON collection_finding
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION collection_closed_once();
CREATE TRIGGER closed_once BEFORE UPDATE ON collection_suspense
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION collection_closed_once();

CREATE FUNCTION collection_run_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state <> 'OPEN'
       OR TG_OP = 'UPDATE' AND (OLD.state <> 'OPEN' OR NEW.state <> 'DONE') THEN
        RAISE EXCEPTION 'a run opens, and is then done for ever'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_run_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER run_moves BEFORE INSERT OR UPDATE ON collection_billrun
    FOR EACH ROW EXECUTE FUNCTION collection_run_moves();

-- Files of a kind are taken in their order: each accepted one follows the last.
CREATE FUNCTION collection_file_in_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.serial IS DISTINCT FROM (SELECT coalesce(max(serial), 0) + 1 FROM collection_taxfile
                                    WHERE kind = NEW.kind AND accepted) THEN
        RAISE EXCEPTION 'file % of % does not follow the last one', NEW.serial, NEW.kind
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_file_in_order';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER file_in_order BEFORE INSERT ON collection_taxfile
    FOR EACH ROW WHEN (NEW.accepted) EXECUTE FUNCTION collection_file_in_order();
ALTER TABLE collection_declaredline
    ADD CONSTRAINT collection_declared_month CHECK (extract(day FROM month) = 1),
    ADD CONSTRAINT collection_declared_fen CHECK (fen > 0 AND base_fen >= 0);

ALTER TABLE collection_billline
    ADD CONSTRAINT collection_line_month CHECK (extract(day FROM month) = 1),
    ADD CONSTRAINT collection_line_scheme CHECK (scheme IN ('110', '170', '210', '310', '390')),
    ADD CONSTRAINT collection_line_fen CHECK (
        (fen <> 0 OR account_fen <> 0) AND (key_id <> id OR fen > 0 OR part = 3)),
    ADD CONSTRAINT collection_line_account CHECK (key_id <> id OR account_fen BETWEEN 0 AND fen
        OR part = 3 AND account_fen = 0),
    ADD CONSTRAINT collection_line_nobody CHECK (
        part BETWEEN 1 AND 8 AND (person_id IS NULL) = (part IN (3, 4, 8)));
ALTER TABLE collection_undeclared ADD CONSTRAINT collection_undeclared_months CHECK (
    NOT isempty(valid) AND NOT lower_inf(valid) AND extract(day FROM lower(valid)) = 1
    AND (upper_inf(valid) OR extract(day FROM upper(valid)) = 1));
ALTER TABLE collection_receipt
    ADD CONSTRAINT collection_receipt_month CHECK (extract(day FROM month) = 1),
    ADD CONSTRAINT collection_receipt_scheme CHECK (
        scheme IN ('110', '170', '210', '310', '390'));
ALTER TABLE collection_allocation
    ADD CONSTRAINT collection_allocation_something CHECK (fen <> 0 OR account_fen <> 0);

-- One look a statement: the run is open, parties are there, a difference is of its own key.
CREATE FUNCTION collection_lines_stand() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE first_id bigint; last_id bigint;
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT run_id FROM new_lines) n
               LEFT JOIN collection_billrun r ON r.id = n.run_id AND r.state = 'OPEN'
               WHERE r.id IS NULL) THEN
        RAISE EXCEPTION 'lines are written by an open run'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_line_run_open';
    END IF;
    SELECT min(person_id), max(person_id) INTO first_id, last_id FROM new_lines;
    IF EXISTS (SELECT FROM new_lines n LEFT JOIN (
                   SELECT party_id FROM people_person
                   WHERE party_id BETWEEN first_id AND last_id) p ON p.party_id = n.person_id
               WHERE n.person_id IS NOT NULL AND p.party_id IS NULL)
       OR EXISTS (SELECT FROM (SELECT DISTINCT payer_id FROM new_lines) n
                  LEFT JOIN people_party p ON p.id = n.payer_id WHERE p.id IS NULL) THEN
        RAISE EXCEPTION 'a line is of a party'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'collection_line_party';
    END IF;
    -- A subselect is looked up difference by difference; a join would read all lines there are.
    IF EXISTS (SELECT FROM new_lines n WHERE n.key_id <> n.id AND (
                   SELECT true FROM collection_billline f
                   WHERE f.id = n.key_id AND f.key_id = f.id
                       AND (f.payer_id, f.scheme, f.month, f.part) =
                           (n.payer_id, n.scheme, n.month, n.part)
                       AND f.person_id IS NOT DISTINCT FROM n.person_id) IS NOT TRUE) THEN
        RAISE EXCEPTION 'a difference is of the key that it corrects'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'collection_line_key';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER lines_stand AFTER INSERT ON collection_billline
    REFERENCING NEW TABLE AS new_lines
    FOR EACH STATEMENT EXECUTE FUNCTION collection_lines_stand();

-- Whoever allocates waits here for whoever does at the same time, and then sees his rows.
CREATE FUNCTION collection_match_alone() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT LIKE 'read %' THEN
        RAISE EXCEPTION 'funds are matched in read committed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('collection.match'));
END $$;
REVOKE EXECUTE ON FUNCTION collection_match_alone() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collection_match_alone() TO yikatong_app;

-- What a key was paid lies between nothing and what is owed, its account part likewise; a receipt
-- pays no more than it is.
CREATE FUNCTION collection_allocations_stand() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE first_key bigint; last_key bigint;
BEGIN
    PERFORM collection_match_alone();
    SELECT min(key_id), max(key_id) INTO first_key, last_key FROM new_allocations;
    IF EXISTS (
        SELECT FROM (SELECT key_id, bool_or(fen > 0) AS pays FROM new_allocations
                     GROUP BY key_id) n
        LEFT JOIN (SELECT key_id, sum(fen) AS fen, sum(account_fen) AS account_fen
                   FROM collection_allocation WHERE key_id BETWEEN first_key AND last_key
                   GROUP BY key_id) a USING (key_id)
        LEFT JOIN collection_billline l ON l.id = n.key_id AND l.key_id = l.id
        LEFT JOIN (SELECT key_id, sum(fen) AS fen, sum(account_fen) AS account_fen
                   FROM collection_billline WHERE key_id <> id GROUP BY key_id) d
            ON d.key_id = n.key_id
        WHERE l.id IS NULL OR a.fen < 0 OR a.account_fen < 0
           OR n.pays AND (a.fen > l.fen + coalesce(d.fen, 0)
               OR a.account_fen > l.account_fen + coalesce(d.account_fen, 0))) THEN
        RAISE EXCEPTION 'no more is matched than is billed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'collection_allocation_owed';
    END IF;
    IF EXISTS (
        SELECT FROM (SELECT m.kind, n.funds_id FROM new_allocations n
                     LEFT JOIN collection_match m ON m.id = n.match_id GROUP BY 1, 2) n
        LEFT JOIN collection_receipt r ON r.id = n.funds_id
        LEFT JOIN collection_billline l ON l.id = n.funds_id AND l.key_id = l.id
        WHERE CASE n.kind WHEN 'RECEIPTS' THEN r.id IS NULL WHEN 'SUSPENSE' THEN r.id IS NULL
              ELSE l.id IS NULL END) THEN
        RAISE EXCEPTION 'an allocation is of a match, out of a receipt or a key'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'collection_allocation_funds';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER allocations_stand AFTER INSERT ON collection_allocation
    REFERENCING NEW TABLE AS new_allocations
    FOR EACH STATEMENT EXECUTE FUNCTION collection_allocations_stand();

-- The planner must know what has just been written; only the owner may analyse.
CREATE FUNCTION collection_refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE collection_billchange, collection_billline, collection_bill, collection_receipt, collection_declaredline,
        collection_allocation, collection_suspense;
END $$;
REVOKE EXECUTE ON FUNCTION collection_refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION collection_refresh_statistics() TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collection", "0001_initial"),
        ("enrolment", "0003_duplicates"),
        ("accounts", "0002_promises"),
        ("payments", "0002_promises"),
        ("ledger", "0002_promises"),
        ("people", "0002_promises"),
        ("audit", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
