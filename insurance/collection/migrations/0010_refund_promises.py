"""A refund is decided, listed and answered; what does not go back after all stays where it was."""

from django.db import migrations

SQL = """
CALL make_append_only('collection_sentrefund');

REVOKE UPDATE, DELETE, TRUNCATE ON collection_treasuryrefund, collection_refundanswer
    FROM yikatong_app;
GRANT UPDATE (state, attempt, again_case_id, undone_id) ON collection_treasuryrefund TO yikatong_app;
GRANT UPDATE (closed_case_id, closed_at) ON collection_refundanswer TO yikatong_app;
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON collection_treasuryrefund
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON collection_refundanswer
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
CREATE TRIGGER closed_once BEFORE UPDATE ON collection_refundanswer
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION collection_closed_once();

-- What went back, or stayed after all, stays so; the treasury is asked again only after a no.
CREATE FUNCTION collection_refund_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.state <> 'DECIDED' OR NEW.attempt <> 1)
       OR TG_OP = 'UPDATE' AND (
           (OLD.state, NEW.state) NOT IN (
               ('DECIDED', 'LISTED'), ('DECIDED', 'PAID'), ('DECIDED', 'WITHDRAWN'),
               ('LISTED', 'PAID'), ('LISTED', 'REFUSED'),
               ('REFUSED', 'DECIDED'), ('REFUSED', 'PAID'), ('REFUSED', 'WITHDRAWN'))
           OR NEW.attempt <> OLD.attempt
               + CASE WHEN (OLD.state, NEW.state) = ('REFUSED', 'DECIDED') THEN 1 ELSE 0 END) THEN
        RAISE EXCEPTION 'a refund is decided, listed, and answered'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_refund_moves';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_moves BEFORE INSERT OR UPDATE ON collection_treasuryrefund
    FOR EACH ROW EXECUTE FUNCTION collection_refund_moves();

-- What stays after all was matched beyond what is billed before, too.
CREATE OR REPLACE FUNCTION collection_allocations_stand() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE first_key bigint; last_key bigint; many bigint; new_match bigint; sound boolean; bad boolean;
    undone boolean;
BEGIN
    PERFORM collection_match_alone();
    SELECT min(key_id), max(key_id), count(*), max(match_id),
        min(match_id) = max(match_id) AND NOT bool_or(fen < 0 AND key_id <> funds_id)
    INTO first_key, last_key, many, new_match, sound FROM new_allocations;
    IF many = 0 THEN RETURN NULL; END IF;
    undone := EXISTS (SELECT FROM collection_match WHERE id = new_match AND kind = 'UNDONE');
    IF NOT sound OR NOT EXISTS (
        SELECT FROM collection_match WHERE id = new_match AND summary IS NULL
            AND (kind NOT IN ('RECEIPTS', 'SUSPENSE')
                OR NOT EXISTS (SELECT FROM new_allocations WHERE fen <= 0))) THEN
        RAISE EXCEPTION 'an allocation is of an open match, and takes from the key that gives'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'collection_allocation_match';
    END IF;
    IF many < 10000 THEN
        EXECUTE 'SELECT EXISTS (
            SELECT FROM (SELECT key_id, bool_or(fen > 0) AND NOT $1 AS pays
                FROM new_allocations GROUP BY key_id) n
            LEFT JOIN LATERAL (SELECT f.id, f.fen, f.account_fen FROM collection_billline f
                WHERE f.id = n.key_id AND f.key_id = f.id LIMIT 1) l ON true  -- looked up by id
            LEFT JOIN LATERAL (SELECT l.fen + coalesce(sum(d.fen), 0) AS fen,
                    l.account_fen + coalesce(sum(d.account_fen), 0) AS account_fen
                FROM collection_billline d WHERE d.key_id = n.key_id AND d.key_id <> d.id) o ON true
            LEFT JOIN LATERAL (SELECT sum(p.fen) AS fen, sum(p.account_fen) AS account_fen
                FROM collection_allocation p WHERE p.key_id = n.key_id) a ON true
            WHERE l.id IS NULL OR a.fen < least(0, o.fen) OR a.account_fen < 0
                OR n.pays AND (a.fen > o.fen OR a.account_fen > o.account_fen))' INTO bad USING undone;
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

-- What a withdrawal gives back to keys and suspense is what was to go back.
CREATE OR REPLACE FUNCTION collection_match_closes() RETURNS trigger
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
    ELSIF NEW.kind = 'UNDONE' THEN
        bad := EXISTS (SELECT FROM collection_allocation WHERE match_id = NEW.id AND fen < 0)
            OR (SELECT coalesce(sum(fen), 0) FROM collection_treasuryrefund
                WHERE undone_id = NEW.id) <> (
                SELECT coalesce(sum(fen), 0) FROM (
                    SELECT fen FROM collection_allocation WHERE match_id = NEW.id
                    UNION ALL
                    SELECT fen FROM collection_suspense WHERE match_id = NEW.id) u);
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
"""


class Migration(migrations.Migration):
    dependencies = [
        ("collection", "0009_treasury_refunds"),
        ("audit", "0002_promises"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
