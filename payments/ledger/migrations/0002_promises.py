"""Entries balance, no posting crosses books, vouchers have no gaps; months open and close in order,
signed, and stay closed; reversals mirror; the memo register stays above zero."""

from django.db import migrations

SQL = """
CALL make_append_only('ledger_book');
CALL make_append_only('ledger_account');
CALL make_append_only('ledger_entry');
CALL make_append_only('ledger_posting');
CALL make_append_only('ledger_monthbalance');
CALL make_append_only('ledger_memoentry');

ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_month_of_business_date
    CHECK (month = date_trunc('month', business_date::timestamp)::date);
ALTER TABLE ledger_ledgermonth
    ADD CONSTRAINT ledger_month_first_day CHECK (extract(day FROM month) = 1),
    ADD CONSTRAINT ledger_month_closed_by_somebody CHECK (num_nonnulls(closed_at, closed_by) <> 1);
ALTER TABLE ledger_memoentry ADD CONSTRAINT ledger_memo_not_zero CHECK (fen <> 0);

-- A voucher takes the next number of its book and month; the month's row is the lock.
CREATE FUNCTION ledger_number_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE open_month ledger_ledgermonth;
BEGIN
    SELECT * INTO open_month FROM ledger_ledgermonth
    WHERE book_id = NEW.book_id AND month = NEW.month FOR UPDATE;
    IF NOT FOUND OR open_month.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'month % of book % is not open', NEW.month, NEW.book_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    NEW.voucher_no := open_month.last_voucher + 1;
    UPDATE ledger_ledgermonth SET last_voucher = NEW.voucher_no WHERE id = open_month.id;
    RETURN NEW;
END $$;
CREATE TRIGGER number_entry BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_number_entry();

-- All lines of a voucher come at once, balance, and stay in one book.
CREATE FUNCTION ledger_check_postings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE bad bigint;
BEGIN
    SELECT e.id INTO bad
    FROM (SELECT DISTINCT entry_id FROM new_postings) t
    JOIN ledger_entry e ON e.id = t.entry_id
    JOIN ledger_posting p ON p.entry_id = e.id
    JOIN ledger_account a ON a.id = p.account_id
    GROUP BY e.id, e.book_id, e.red, e.lines
    HAVING sum(p.dr_fen) <> sum(p.cr_fen) OR bool_or(a.book_id <> e.book_id)
        OR count(*) <> e.lines
        OR (NOT e.red AND (min(p.dr_fen) < 0 OR min(p.cr_fen) < 0))
        OR (e.red AND (max(p.dr_fen) > 0 OR max(p.cr_fen) > 0))
    LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'postings of entry % do not balance, cross books or change it', bad
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER check_postings AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_postings();

CREATE FUNCTION ledger_entry_has_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.lines < 2 OR NEW.lines <> (
        SELECT count(*) FROM ledger_posting WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has not its % postings', NEW.id, NEW.lines
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_has_postings AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_has_postings();

-- A reversal (红字冲销) is the mirror of a voucher of its own book.
CREATE FUNCTION ledger_reversal_mirrors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT NEW.red OR EXISTS (SELECT 1 FROM ledger_entry e WHERE e.id = NEW.reverses_id
                              AND (e.red OR e.book_id <> NEW.book_id)) OR EXISTS (
        SELECT 1 FROM ledger_posting WHERE entry_id IN (NEW.id, NEW.reverses_id)
        GROUP BY account_id HAVING sum(dr_fen) <> 0 OR sum(cr_fen) <> 0) THEN
        RAISE EXCEPTION 'entry % is not the mirror of entry %', NEW.id, NEW.reverses_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER reversal_mirrors AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL)
    EXECUTE FUNCTION ledger_reversal_mirrors();

-- Months of one book are opened and closed one after the other.
CREATE FUNCTION ledger_month_opens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_month'), NEW.book_id);
    IF NEW.last_voucher <> 0 OR NEW.closed_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM ledger_ledgermonth
        WHERE book_id = NEW.book_id AND month >= NEW.month AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a month opens empty, after the last closed month of its book'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER month_opens BEFORE INSERT ON ledger_ledgermonth
    FOR EACH ROW EXECUTE FUNCTION ledger_month_opens();

-- A closed month stays closed.
CREATE FUNCTION ledger_month_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL OR NEW.last_voucher < OLD.last_voucher
       OR NEW.last_voucher > OLD.last_voucher + 1
       OR NEW.book_id <> OLD.book_id OR NEW.month <> OLD.month THEN
        RAISE EXCEPTION 'a closed month stays closed, vouchers are numbered one by one'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER month_moves BEFORE UPDATE ON ledger_ledgermonth
    FOR EACH ROW EXECUTE FUNCTION ledger_month_moves();

-- A number that was counted belongs to a voucher.
CREATE FUNCTION ledger_month_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(max(voucher_no), 0) FROM ledger_entry
        WHERE book_id = NEW.book_id AND month = NEW.month) < NEW.last_voucher THEN
        RAISE EXCEPTION 'voucher % of month % is not there', NEW.last_voucher, NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER month_counts AFTER UPDATE ON ledger_ledgermonth
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_month_counts();

-- A month closes after those before it, with a signature, and with the balances of its vouchers.
CREATE FUNCTION ledger_month_closes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_month'), NEW.book_id);
    IF EXISTS (SELECT 1 FROM ledger_ledgermonth
               WHERE book_id = NEW.book_id AND month < NEW.month AND closed_at IS NULL) THEN
        RAISE EXCEPTION 'an earlier month of book % is open', NEW.book_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.last_voucher <> OLD.last_voucher OR NOT EXISTS (
        SELECT 1 FROM cases_approval WHERE subject_kind = 'ledger.month' AND subject_id = NEW.id
        AND step = 'CLOSE' AND person_id = NEW.closed_by) THEN
        RAISE EXCEPTION 'the close of month % is not signed', NEW.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT 1 FROM ledger_account a
        LEFT JOIN ledger_monthbalance b ON b.account_id = a.id AND b.ledger_month_id = NEW.id
        LEFT JOIN (SELECT p.account_id, sum(p.dr_fen - p.cr_fen) AS fen
                   FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
                   WHERE e.book_id = NEW.book_id AND e.month <= NEW.month GROUP BY 1) s
            ON s.account_id = a.id
        WHERE a.book_id = NEW.book_id
            AND b.closing_fen IS DISTINCT FROM coalesce(s.fen, 0)) THEN
        RAISE EXCEPTION 'the balances of month % are not those of its vouchers', NEW.id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER month_closes BEFORE UPDATE ON ledger_ledgermonth FOR EACH ROW
    WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION ledger_month_closes();

CREATE FUNCTION ledger_balance_of_open_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM (SELECT DISTINCT ledger_month_id FROM new_balances) n
               JOIN ledger_ledgermonth m ON m.id = n.ledger_month_id
               WHERE m.closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a closed month takes no balances' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER balance_of_open_month AFTER INSERT ON ledger_monthbalance
    REFERENCING NEW TABLE AS new_balances
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_balance_of_open_month();

-- Nobody settles more than he owes. Only settlements are looked at: registering stays set-wise.
CREATE FUNCTION ledger_memo_settles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM new_lines WHERE fen < 0) THEN RETURN NULL; END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ledger_memo'), 0);
    IF EXISTS (SELECT 1 FROM ledger_memoentry m
               WHERE (m.book_id, m.kind, m.party_id) IN (
                   SELECT book_id, kind, party_id FROM new_lines WHERE fen < 0)
               GROUP BY m.book_id, m.kind, m.party_id HAVING sum(m.fen) < 0) THEN
        RAISE EXCEPTION 'more is settled than is owed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER memo_settles AFTER INSERT ON ledger_memoentry
    REFERENCING NEW TABLE AS new_lines
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_memo_settles();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
        ("audit", "0002_promises"),
        ("cases", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
