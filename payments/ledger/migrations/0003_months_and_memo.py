"""Months open and close in order and signed; reversals mirror; the memo register stays above zero.

What 0002 left to the application is kept by the database here.
"""

from django.db import migrations

SQL = """
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_month_of_business_date
    CHECK (month = date_trunc('month', business_date::timestamp)::date);
ALTER TABLE ledger_ledgermonth
    ADD CONSTRAINT ledger_month_first_day CHECK (extract(day FROM month) = 1),
    ADD CONSTRAINT ledger_month_closed_by_somebody CHECK (num_nonnulls(closed_at, closed_by) <> 1);
ALTER TABLE ledger_memoentry ADD CONSTRAINT ledger_memo_not_zero CHECK (fen <> 0);

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
    dependencies = [("ledger", "0002_promises"), ("cases", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
