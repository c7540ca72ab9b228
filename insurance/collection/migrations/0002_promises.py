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
CALL make_append_only('collection_sentsetoff');
CALL make_append_only('collection_receipt');
CALL make_append_only('collection_declaredline');
CALL make_append_only('collection_matchtotal');
CALL make_append_only('collection_allocation');
CALL make_supersede_only('collection_undeclared');
CALL make_supersede_only('collection_deferral');
CALL make_supersede_only('collection_fixedamount');
CALL make_one_at_a_time('collection_fixedamount', 'collection_fixed_one_at_a_time',
    'c.scheme = n.scheme', 'payer_id', 'people_party');
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
ALTER TABLE collection_fixedamount
    ADD CONSTRAINT collection_fixed_scheme CHECK (scheme IN ('110', '210', '310')),
    ADD CONSTRAINT collection_fixed_months CHECK (
        NOT isempty(valid) AND NOT lower_inf(valid) AND extract(day FROM lower(valid)) = 1
        AND (upper_inf(valid) OR extract(day FROM upper(valid)) = 1));
ALTER TABLE collection_receipt
    ADD CONSTRAINT collection_receipt_month CHECK (extract(day FROM month) = 1),
    ADD CONSTRAINT collection_receipt_scheme CHECK (
        scheme IN ('110', '170', '210', '310', '390'));
ALTER TABLE collection_suspense ADD CONSTRAINT collection_suspense_decided CHECK (
    closed_at IS NULL OR decision IN ('MATCH', 'REFUND') AND case_id IS NOT NULL);
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

-- A match is open until its summary is written, in the transaction that made it.
REVOKE UPDATE, DELETE, TRUNCATE ON collection_match FROM yikatong_app;
GRANT UPDATE (summary) ON collection_match TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON collection_match
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

-- What a key was paid lies between nothing and what is owed, its account part likewise; a credit or
-- refund takes from the key that it names. One look a statement. The tables may have no statistics
-- of what was written just now, so the planner is told what is many: then keys are read by range.
CREATE FUNCTION collection_allocations_stand() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE first_key bigint; last_key bigint; many bigint; new_match bigint; sound boolean; bad boolean;
BEGIN
    PERFORM collection_match_alone();
    SELECT min(key_id), max(key_id), count(*), max(match_id),
        min(match_id) = max(match_id) AND NOT bool_or(fen < 0 AND key_id <> funds_id)
    INTO first_key, last_key, many, new_match, sound FROM new_allocations;
    IF many = 0 THEN RETURN NULL; END IF;
    IF NOT sound OR NOT EXISTS (
        SELECT FROM collection_match WHERE id = new_match AND summary IS NULL
            AND (kind NOT IN ('RECEIPTS', 'SUSPENSE')
                OR NOT EXISTS (SELECT FROM new_allocations WHERE fen <= 0))) THEN
        RAISE EXCEPTION 'an allocation is of an open match, and takes from the key that gives'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_allocation_match';
    END IF;
    IF many < 10000 THEN
        EXECUTE 'SELECT EXISTS (
            SELECT FROM (SELECT key_id, bool_or(fen > 0) AS pays FROM new_allocations
                         GROUP BY key_id) n
            LEFT JOIN LATERAL (SELECT f.id, f.fen, f.account_fen FROM collection_billline f
                WHERE f.id = n.key_id AND f.key_id = f.id LIMIT 1) l ON true  -- looked up by id
            LEFT JOIN LATERAL (SELECT l.fen + coalesce(sum(d.fen), 0) AS fen,
                    l.account_fen + coalesce(sum(d.account_fen), 0) AS account_fen
                FROM collection_billline d WHERE d.key_id = n.key_id AND d.key_id <> d.id) o ON true
            LEFT JOIN LATERAL (SELECT sum(p.fen) AS fen, sum(p.account_fen) AS account_fen
                FROM collection_allocation p WHERE p.key_id = n.key_id) a ON true
            WHERE l.id IS NULL OR a.fen < least(0, o.fen) OR a.account_fen < 0
                OR n.pays AND (a.fen > o.fen OR a.account_fen > o.account_fen))' INTO bad;
    ELSE
        PERFORM set_config('enable_nestloop', 'off', true);
        EXECUTE format('SELECT EXISTS (
            SELECT FROM (SELECT key_id, sum(fen) AS fen, sum(account_fen) AS account_fen,
                    bool_or(fen > 0 AND match_id = %s) AS pays
                FROM collection_allocation WHERE key_id BETWEEN %s AND %s AND %s
                GROUP BY key_id) a
            LEFT JOIN (SELECT id, fen, account_fen FROM collection_billline
                WHERE id BETWEEN %s AND %s AND key_id = id) l ON l.id = a.key_id
            LEFT JOIN (SELECT key_id, sum(fen) AS fen, sum(account_fen) AS account_fen
                FROM collection_billline WHERE key_id <> id AND key_id BETWEEN %s AND %s
                GROUP BY key_id) d ON d.key_id = a.key_id
            WHERE l.id IS NULL OR a.fen < least(0, l.fen + coalesce(d.fen, 0)) OR a.account_fen < 0
                OR a.pays AND (a.fen > l.fen + coalesce(d.fen, 0)
                    OR a.account_fen > l.account_fen + coalesce(d.account_fen, 0)))',
            new_match, first_key, last_key,
            CASE WHEN last_key - first_key > 4 * many
                THEN 'key_id IN (SELECT key_id FROM new_allocations)' ELSE 'true' END,
            first_key, last_key, first_key, last_key) INTO bad;
        PERFORM set_config('enable_nestloop', 'on', true);
    END IF;
    IF bad THEN
        RAISE EXCEPTION 'no more is matched than is billed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'collection_allocation_owed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER allocations_stand AFTER INSERT ON collection_allocation
    REFERENCING NEW TABLE AS new_allocations
    FOR EACH STATEMENT EXECUTE FUNCTION collection_allocations_stand();

CREATE FUNCTION collection_match_is_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT match_id FROM new_rows) n
               LEFT JOIN collection_match m ON m.id = n.match_id AND m.summary IS NULL
               WHERE m.id IS NULL) THEN
        RAISE EXCEPTION 'a closed match takes no more rows'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_match_is_open';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER match_is_open AFTER INSERT ON collection_suspense
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION collection_match_is_open();
CREATE TRIGGER match_is_open AFTER INSERT ON collection_matchtotal
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION collection_match_is_open();

-- At its close all of its funds are allocated or in suspense, to the fen.
CREATE FUNCTION collection_match_closes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE bad boolean;
BEGIN
    IF OLD.summary IS NOT NULL OR NEW.summary IS NULL THEN
        RAISE EXCEPTION 'a match is closed once'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_match_closes';
    END IF;
    IF (SELECT ROW(coalesce(sum(fen), 0), coalesce(sum(account_fen), 0))
        FROM collection_allocation WHERE match_id = NEW.id) <> (
        SELECT ROW(coalesce(sum(fen), 0), coalesce(sum(account_fen), 0))
        FROM collection_matchtotal WHERE match_id = NEW.id) THEN
        RAISE EXCEPTION 'the totals of match % are not those of its allocations', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'collection_match_totals';
    END IF;
    IF NEW.kind IN ('RECEIPTS', 'SUSPENSE') THEN
        EXECUTE 'SELECT EXISTS (
            SELECT FROM (SELECT id, fen FROM collection_receipt
                    WHERE file_id = $2 AND $3 = ''RECEIPTS''
                UNION ALL SELECT receipt_id, sum(fen) FROM collection_suspense
                    WHERE case_id = $4 AND decision = ''MATCH'' AND $3 = ''SUSPENSE''
                    GROUP BY receipt_id) r
            FULL JOIN (SELECT funds_id, sum(fen) AS fen FROM (
                    SELECT funds_id, fen FROM collection_allocation WHERE match_id = $1
                    UNION ALL
                    SELECT receipt_id, fen FROM collection_suspense WHERE match_id = $1) u
                GROUP BY funds_id) u ON u.funds_id = r.id
            WHERE r.fen IS DISTINCT FROM u.fen)'
        INTO bad USING NEW.id, NEW.file_id, NEW.kind, NEW.case_id;
    ELSE
        bad := EXISTS (SELECT FROM collection_suspense WHERE match_id = NEW.id) OR EXISTS (
            SELECT FROM collection_allocation WHERE match_id = NEW.id GROUP BY funds_id
            HAVING CASE NEW.kind WHEN 'CREDITS' THEN sum(fen) <> 0 ELSE max(fen) > 0 END);
    END IF;
    IF bad THEN
        RAISE EXCEPTION 'what came in is not what match % allocates and leaves', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'collection_match_adds_up';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER match_closes BEFORE UPDATE ON collection_match
    FOR EACH ROW EXECUTE FUNCTION collection_match_closes();

CREATE FUNCTION collection_match_closed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.summary IS NOT NULL
       OR (SELECT summary FROM collection_match WHERE id = NEW.id) IS NULL THEN
        RAISE EXCEPTION 'match % was not opened and closed', NEW.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_match_closed';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER match_closed AFTER INSERT ON collection_match
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION collection_match_closed();

-- Where somebody may have paid more than is billed now.
CREATE INDEX collection_line_reductions ON collection_billline (key_id)
    WHERE fen < 0 OR key_id <> id AND fen = 0;

-- The planner must know what has just been written; only the owner may analyse.
CREATE FUNCTION collection_refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE collection_billchange, collection_billline, collection_bill, collection_receipt,
        collection_declaredline, collection_allocation, collection_matchtotal,
        collection_suspense;
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
