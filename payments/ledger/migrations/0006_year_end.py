"""A year of a book ends in a period of its own: 31 December, after the month of December."""

from django.db import migrations

SQL = """
CREATE FUNCTION ledger_is_year_end(period date) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT extract(month FROM period) = 12 AND extract(day FROM period) = 31
$$;

ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_month_of_business_date;
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_month_of_business_date CHECK (
    month = date_trunc('month', business_date::timestamp)::date
    OR (ledger_is_year_end(month) AND month = business_date));
ALTER TABLE ledger_ledgermonth DROP CONSTRAINT ledger_month_first_day;
ALTER TABLE ledger_ledgermonth ADD CONSTRAINT ledger_month_first_day
    CHECK (extract(day FROM month) = 1 OR ledger_is_year_end(month));

-- The end of a year takes what carries it over and nothing else; that is never taken back.
CREATE FUNCTION ledger_year_end_takes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ledger_is_year_end(NEW.month) <> (NEW.source = 'ledger.year_end')
       OR (ledger_is_year_end(NEW.month)
           AND (NEW.red OR NEW.reverses_id IS NOT NULL OR NEW.posted_by IS NULL))
       OR EXISTS (SELECT 1 FROM ledger_entry
                  WHERE id = NEW.reverses_id AND ledger_is_year_end(month)) THEN
        RAISE EXCEPTION 'the end of a year takes what somebody carries over, and keeps it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER year_end_takes BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_year_end_takes();

-- Months of one book are opened and closed one after the other; once the end of a year is there,
-- no month of it opens any more, and it comes when none is open.
CREATE OR REPLACE FUNCTION ledger_month_opens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_month'), NEW.book_id);
    IF NEW.last_voucher <> 0 OR NEW.closed_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM ledger_ledgermonth
        WHERE book_id = NEW.book_id AND month >= NEW.month
            AND (closed_at IS NOT NULL OR ledger_is_year_end(month))) THEN
        RAISE EXCEPTION 'a month opens empty, after the last closed month of its book'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF ledger_is_year_end(NEW.month) AND EXISTS (
        SELECT 1 FROM ledger_ledgermonth
        WHERE book_id = NEW.book_id AND month < NEW.month AND closed_at IS NULL) THEN
        RAISE EXCEPTION 'a year of book % ends when its months are closed', NEW.book_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- A month closes after those before it, with a signature, with the balances of its vouchers, and
-- with nothing of an earlier year that was not carried over.
CREATE OR REPLACE FUNCTION ledger_month_closes() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF EXISTS (
        SELECT 1 FROM ledger_account a
        JOIN ledger_posting p ON p.account_id = a.id
        JOIN ledger_entry e ON e.id = p.entry_id
        WHERE a.book_id = NEW.book_id AND left(a.code, 1) IN ('4', '5')
            AND (e.month < date_trunc('year', NEW.month::timestamp)::date
                 OR (ledger_is_year_end(NEW.month) AND e.month <= NEW.month))
        GROUP BY a.id HAVING sum(p.dr_fen - p.cr_fen) <> 0) THEN
        RAISE EXCEPTION 'a year of book % is not carried over', NEW.book_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF ledger_is_year_end(NEW.month) AND EXISTS (
        SELECT 1 FROM ledger_entry e
        LEFT JOIN ledger_posting p ON p.entry_id = e.id
        LEFT JOIN ledger_account a ON a.id = p.account_id
        WHERE e.book_id = NEW.book_id AND e.month = NEW.month
            AND (e.posted_by = NEW.closed_by OR left(a.code, 1) NOT IN ('3', '4', '5'))) THEN
        RAISE EXCEPTION 'a year of book % is carried over by two persons', NEW.book_id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_books_of_helped"), ("cases", "0011_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
