"""Nothing leaves 支出户, 收入户 or 定期存款 that is not in it: whoever asks, however many at once."""

from django.db import migrations

SQL = """
-- What is left of a book's 支出户: what its vouchers say, less the batches that are on their way and
-- not booked yet.
CREATE FUNCTION payments_free_fen(book integer) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (coalesce((SELECT sum(p.dr_fen - p.cr_fen) FROM ledger_posting p
                JOIN ledger_account a ON a.id = p.account_id
                WHERE a.book_id = book AND a.code = '1004'), 0)
        - coalesce((SELECT sum(b.fen) FROM payments_batch b
                WHERE b.book_id = book AND b.state = 'SENDING'), 0))::bigint
$$;
REVOKE EXECUTE ON FUNCTION payments_free_fen(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments_free_fen(integer) TO yikatong_app;

-- After the lock a new statement, and with it a new look: what another has released is seen.
CREATE FUNCTION payments_batch_covered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one integer; free bigint;
BEGIN
    FOR one IN SELECT DISTINCT n.book_id FROM new_batches n JOIN old_batches o ON o.id = n.id
        WHERE n.state = 'SENDING' AND o.state <> 'SENDING' ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(hashtext('payments.cash'), one);
        SELECT payments_free_fen(one) INTO free;
        IF free < 0 THEN
            RAISE EXCEPTION 'batches of book % are not covered', one
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_batch_covered';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER batch_covered AFTER UPDATE ON payments_batch
    REFERENCING OLD TABLE AS old_batches NEW TABLE AS new_batches
    FOR EACH STATEMENT EXECUTE FUNCTION payments_batch_covered();

-- What a batch paid was looked at when it was released, or is what the bank says it has paid.
-- Whatever else lowers 支出户 leaves what is on its way; 收入户 and 定期存款 hold what leaves them.
CREATE FUNCTION payments_posting_covered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one record; free bigint;
BEGIN
    FOR one IN SELECT a.book_id, a.id, a.code FROM new_postings p
        JOIN ledger_account a ON a.id = p.account_id AND a.code IN ('1002', '1003.01', '1004')
        JOIN ledger_entry e ON e.id = p.entry_id
            AND e.rule NOT IN ('payment.sent', 'reissue.sent.liability')
        GROUP BY a.id HAVING sum(p.dr_fen - p.cr_fen) < 0 ORDER BY 1, 2
    LOOP
        PERFORM pg_advisory_xact_lock(hashtext('payments.cash'), one.book_id);
        IF one.code = '1004' THEN
            SELECT payments_free_fen(one.book_id) INTO free;
        ELSE
            SELECT sum(dr_fen - cr_fen) INTO free FROM ledger_posting WHERE account_id = one.id;
        END IF;
        IF free < 0 THEN
            RAISE EXCEPTION 'account % of book % does not hold so much', one.code, one.book_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_posting_covered';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER posting_covered AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION payments_posting_covered();

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0019_own_accounts_by_two"),
        ("ledger", "0006_year_end"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
