"""What banks say of our accounts only grows, follows without a gap and adds up."""

from django.db import migrations

SQL = """
CALL make_append_only('payments_ownaccount');
CALL make_append_only('payments_bankstatement');
CALL make_append_only('payments_statementline');
CALL make_append_only('payments_linematch');
CALL make_append_only('payments_balancetable');

-- At the end of its transaction a statement that was taken has all its lines, which run from its
-- opening to its closing balance, within its days; it begins where the one before ended.
CREATE FUNCTION payments_check_statement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lines int; wrong int; last_fen bigint; before record;
BEGIN
    SELECT count(*), count(*) FILTER (WHERE l.seq <> l.nth OR l.balance_fen < 0
            OR l.balance_fen <> NEW.opening_fen + l.moved
            OR l.day NOT BETWEEN NEW.start_date AND NEW.end_date OR l.day < l.earlier),
        coalesce(sum(l.fen), 0)
    INTO lines, wrong, last_fen
    FROM (SELECT seq, day, fen, balance_fen, row_number() OVER w AS nth, sum(fen) OVER w AS moved,
              lag(day) OVER w AS earlier
          FROM payments_statementline WHERE statement_id = NEW.id WINDOW w AS (ORDER BY seq)) l;
    IF NOT NEW.accepted THEN
        IF lines > 0 THEN
            RAISE EXCEPTION 'a refused statement has no lines'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END IF;
    IF lines <> NEW.line_count OR wrong > 0 OR NEW.opening_fen + last_fen <> NEW.closing_fen THEN
        RAISE EXCEPTION 'a statement adds up' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT end_date, closing_fen INTO before FROM payments_bankstatement
    WHERE account_id = NEW.account_id AND accepted AND id < NEW.id ORDER BY end_date DESC LIMIT 1;
    IF FOUND AND (before.end_date + 1 <> NEW.start_date
                  OR before.closing_fen <> NEW.opening_fen) THEN
        RAISE EXCEPTION 'a statement begins where the one before ended'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_statement_adds_up AFTER INSERT ON payments_bankstatement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_check_statement();

-- Lines come with their statement, never later: then it would have more than it says.
CREATE FUNCTION payments_check_statement_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM payments_bankstatement s
               WHERE s.id IN (SELECT statement_id FROM new_lines) AND s.line_count <
                   (SELECT count(*) FROM payments_statementline l WHERE l.statement_id = s.id)) THEN
        RAISE EXCEPTION 'lines come with their statement'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_lines_with_statement AFTER INSERT ON payments_statementline
    REFERENCING NEW TABLE AS new_lines
    FOR EACH STATEMENT EXECUTE FUNCTION payments_check_statement_lines();

-- A line is settled by the books beside which its account stands, or by a line of that account.
CREATE FUNCTION payments_check_matches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM new_matches m
        JOIN payments_statementline l ON l.id = m.line_id
        JOIN payments_bankstatement s ON s.id = l.statement_id
        JOIN payments_ownaccount o ON o.id = s.account_id
        LEFT JOIN ledger_posting p ON p.id = m.posting_id
        LEFT JOIN ledger_account a ON a.id = p.account_id
        LEFT JOIN payments_statementline r ON r.id = m.other_id
        LEFT JOIN payments_bankstatement t ON t.id = r.statement_id
        WHERE CASE WHEN m.posting_id IS NULL
            THEN (t.account_id, r.fen) IS DISTINCT FROM (s.account_id, -l.fen)
            ELSE (a.book_id, a.code) IS DISTINCT FROM (o.book_id, o.code) END)
    OR EXISTS (
        SELECT FROM payments_linematch m JOIN payments_statementline l ON l.id = m.line_id
        JOIN ledger_posting p ON p.id = m.posting_id
        WHERE m.posting_id IN (SELECT posting_id FROM new_matches)
        GROUP BY p.id HAVING sum(l.fen) <> p.dr_fen - p.cr_fen) THEN
        RAISE EXCEPTION 'a line is settled by what is as much'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_matches_agree AFTER INSERT ON payments_linematch
    REFERENCING NEW TABLE AS new_matches
    FOR EACH STATEMENT EXECUTE FUNCTION payments_check_matches();

CALL make_scoped('payments_ownaccount', $$book_id = ANY ((SELECT scope_books())::integer[])$$);
-- A statement that was refused is of no account: whoever may see statements sees it.
CALL make_scoped('payments_bankstatement',
    $$(account_id IS NULL AND (SELECT scope_sees('EVERYBODY')))
        OR account_id IN (SELECT id FROM payments_ownaccount)$$);
CALL make_scoped('payments_statementline',
    $$statement_id IN (SELECT id FROM payments_bankstatement)$$);
CALL make_scoped('payments_linematch',
    $$line_id IN (SELECT id FROM payments_statementline)$$);
CALL make_scoped('payments_balancetable', $$book_id = ANY ((SELECT scope_books())::integer[])$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0016_statement_tables")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
