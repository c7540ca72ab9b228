"""Entries only grow, rest on something, never leave less than nothing; closed years stay closed."""

from django.db import migrations

SQL = """
CALL make_append_only('accounts_accountbaseline');
CALL make_append_only('accounts_accountentry');
CALL make_append_only('accounts_interestchunk');
CALL make_append_only('accounts_yearclose');
CALL make_append_only('accounts_fixedrate');
CALL make_append_only('accounts_outgoing');
CALL make_append_only('accounts_outgoingdue');
CALL make_append_only('accounts_transfer');
CALL make_append_only('accounts_transferstep');
REVOKE UPDATE, DELETE, TRUNCATE ON accounts_interestrun FROM yikatong_app;
GRANT UPDATE (state, summary, done_at) ON accounts_interestrun TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON accounts_interestrun
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();

ALTER TABLE accounts_accountentry
    ADD CONSTRAINT accounts_entry_scheme CHECK (scheme IN ('110', '170', '310')),
    ADD CONSTRAINT accounts_entry_part CHECK (
        part IN ('PERSON', 'EMPLOYER', 'SUBSIDY', 'COLLECTIVE', 'WHOLE')),
    ADD CONSTRAINT accounts_entry_months CHECK (
        extract(day FROM for_month) = 1 AND extract(day FROM arrival_month) = 1),
    ADD CONSTRAINT accounts_entry_kind CHECK (CASE kind
        WHEN 'CREDIT' THEN fen > 0 AND source IN ('ALLOCATION', 'CASE')
        WHEN 'INTEREST' THEN fen > 0 AND source IN ('RUN', 'CASE')
        WHEN 'PAYOUT' THEN fen < 0 AND source = 'DUE'
        WHEN 'RETURNED' THEN fen > 0 AND source = 'DUE'
        WHEN 'OPENING' THEN fen > 0 AND source = 'BASELINE'
        WHEN 'TRUE_UP' THEN fen <> 0 AND source IN ('RUN', 'CASE')
        WHEN 'REFUND' THEN fen < 0 AND source IN ('ALLOCATION', 'CASE')
        WHEN 'TRANSFER_IN' THEN fen > 0 AND source = 'CASE'
        WHEN 'TRANSFER_OUT' THEN fen < 0 AND source = 'CASE'
        WHEN 'INHERITED' THEN fen < 0 AND source = 'CASE'
        WHEN 'LUMP_SUM' THEN fen < 0 AND source = 'CASE'
        ELSE false END);
ALTER TABLE accounts_interestrun ADD CONSTRAINT accounts_run_rate CHECK (
    ratio >= 0 AND ratio < 1 AND (interim OR ratio_of_year = year) AND ratio_of_year <= year);
ALTER TABLE accounts_yearclose ADD CONSTRAINT accounts_close_adds_up CHECK (
    closing_fen = opening_fen + moved_fen + interest_fen AND closing_fen >= 0);

-- Arguments: parties. Whoever takes from accounts waits here for whoever does at the same time.
CREATE FUNCTION accounts_lock(parties bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT LIKE 'read %' THEN
        RAISE EXCEPTION 'accounts are drawn on in read committed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM FROM people_party WHERE id = ANY (parties) ORDER BY id FOR NO KEY UPDATE;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_lock(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_lock(bigint[]) TO yikatong_app;

-- One look a statement: persons, open years, and – only where something leaves – balances.
CREATE FUNCTION accounts_entries_stand() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE first_id bigint; last_id bigint; drawn bigint[]; short bigint;
BEGIN
    SELECT min(person_id), max(person_id),
        array_agg(DISTINCT person_id) FILTER (WHERE fen < 0)
    INTO first_id, last_id, drawn FROM new_rows;
    IF EXISTS (SELECT FROM new_rows n LEFT JOIN (
                   SELECT party_id FROM people_person
                   WHERE party_id BETWEEN first_id AND last_id) p ON p.party_id = n.person_id
               WHERE p.party_id IS NULL) THEN
        RAISE EXCEPTION 'an account is a person''s'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'accounts_entry_person';
    END IF;
    IF EXISTS (SELECT FROM (SELECT scheme, min(CASE WHEN kind IN ('INTEREST', 'TRUE_UP')
                                THEN for_month ELSE arrival_month END) AS month
                            FROM new_rows WHERE source <> 'RUN' GROUP BY scheme) n
               JOIN accounts_interestrun r ON r.scheme = n.scheme
                   AND r.year >= extract(year FROM n.month)) THEN
        RAISE EXCEPTION 'a closed year takes no more entries'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'accounts_entry_year_open';
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT scheme, for_month, source_id FROM new_rows
                            WHERE source = 'RUN') n
               LEFT JOIN accounts_interestrun r ON r.id = n.source_id AND r.scheme = n.scheme
                   AND r.state = 'OPEN' AND n.for_month = make_date(r.year, 12, 1)
               WHERE r.id IS NULL) THEN
        RAISE EXCEPTION 'interest is written by the open run of its year'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'accounts_entry_run_open';
    END IF;
    IF drawn IS NOT NULL THEN
        PERFORM accounts_lock(drawn);
        SELECT e.person_id INTO short FROM accounts_accountentry e
        JOIN (SELECT DISTINCT person_id, scheme FROM new_rows WHERE fen < 0) n
            ON n.person_id = e.person_id AND n.scheme = e.scheme
        GROUP BY e.person_id, e.scheme HAVING sum(e.fen) < 0 LIMIT 1;
        IF short IS NOT NULL THEN
            RAISE EXCEPTION 'the account of party % would be below zero', short
                USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_never_negative';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_stand AFTER INSERT ON accounts_accountentry
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_entries_stand();

CREATE FUNCTION accounts_closes_stand() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT run_id FROM new_rows) n
               LEFT JOIN accounts_interestrun r ON r.id = n.run_id AND r.state = 'OPEN'
               WHERE r.id IS NULL) THEN
        RAISE EXCEPTION 'a year is closed by its open run'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'accounts_close_run_open';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER closes_stand AFTER INSERT ON accounts_yearclose
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_closes_stand();

CREATE FUNCTION accounts_run_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state <> 'OPEN'
       OR TG_OP = 'UPDATE' AND (OLD.state <> 'OPEN' OR NEW.state <> 'DONE') THEN
        RAISE EXCEPTION 'a run opens, and is then done for ever'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'accounts_run_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER run_moves BEFORE INSERT OR UPDATE ON accounts_interestrun
    FOR EACH ROW EXECUTE FUNCTION accounts_run_moves();

-- Each step after the one before it, and never earlier.
CREATE FUNCTION accounts_step_follows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before accounts_transferstep;
BEGIN
    SELECT * INTO before FROM accounts_transferstep
    WHERE transfer_id = NEW.transfer_id ORDER BY stage DESC LIMIT 1;
    IF NEW.stage NOT BETWEEN 1 AND 4 OR NEW.stage <> coalesce(before.stage, 0) + 1
       OR NEW.done_on < before.done_on THEN
        RAISE EXCEPTION 'the steps of a transfer follow each other'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'accounts_step_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER step_follows BEFORE INSERT ON accounts_transferstep
    FOR EACH ROW EXECUTE FUNCTION accounts_step_follows();

-- Waits until every writer of entries has finished, and keeps new ones out until the run is
-- there: what arrived in its year is then committed, and nothing more may arrive in it.
CREATE FUNCTION accounts_wait_for_entries() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE accounts_accountentry IN SHARE ROW EXCLUSIVE MODE;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_wait_for_entries() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_wait_for_entries() TO yikatong_app;

-- The planner must know what a month or a take-over has just written; only the owner may analyse.
CREATE FUNCTION accounts_refresh_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE accounts_accountentry (person_id, scheme, kind, for_month, arrival_month),
        accounts_yearclose (run_id, person_id), accounts_fixedrate;
END $$;
REVOKE EXECUTE ON FUNCTION accounts_refresh_statistics() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_refresh_statistics() TO yikatong_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("people", "0002_promises"),
        ("audit", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
