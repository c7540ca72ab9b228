"""Entries balance, no posting crosses books, vouchers have no gaps, closed months stay closed."""

from django.db import migrations

SQL = """
CALL make_append_only('ledger_book');
CALL make_append_only('ledger_account');
CALL make_append_only('ledger_entry');
CALL make_append_only('ledger_posting');
CALL make_append_only('ledger_monthbalance');
CALL make_append_only('ledger_memoentry');

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
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("audit", "0002_promises")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
