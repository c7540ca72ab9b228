"""One at a time: a statement's rows are compared with what there is of their owners only.

A mass run writes in chunks; each looked through all owners and all rows there are. What is closed
and stays closed is not looked at again: its owner was when it came, and cannot change.
"""

from django.db import migrations

SQL = """
-- Arguments: as in 0002.
CREATE OR REPLACE FUNCTION people_one_at_a_time() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    owner text := coalesce(TG_ARGV[2], 'party_id');
    owners regclass := coalesce(TG_ARGV[3], 'people_party');
    mine xid := pg_current_xact_id()::xid;
    first_owner bigint;
    last_owner bigint;
    in_force bigint;
    unseen bigint;
    of_others bigint;
    overlapping bigint;
BEGIN
    EXECUTE format('SELECT min(n.%1$I), max(n.%1$I), count(*) FILTER (WHERE n.superseded_at IS NULL)'
        ' FROM new_rows n', owner)
    INTO first_owner, last_owner, in_force;
    IF TG_OP = 'UPDATE' AND in_force = 0 THEN
        RETURN NULL;
    END IF;
    EXECUTE format('SELECT count(*) FILTER (WHERE o.id IS NULL),'
        ' count(*) FILTER (WHERE n.superseded_at IS NULL AND o.xmin <> $1)'
        ' FROM new_rows n LEFT JOIN %s o ON o.id = n.%I AND o.id BETWEEN $2 AND $3',
        owners, owner)
    INTO unseen, of_others USING mine, first_owner, last_owner;
    IF unseen > 0 THEN
        RAISE EXCEPTION 'a row of % names a row of % that is not there', TG_TABLE_NAME, owners
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF in_force = 0 THEN
        RETURN NULL;
    END IF;
    IF of_others > 0 THEN
        IF current_setting('transaction_isolation') NOT LIKE 'read %' THEN
            RAISE EXCEPTION 'rows of % are written in read committed', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
        EXECUTE format('SELECT FROM %s o WHERE o.xmin <> $1'
            ' AND o.id IN (SELECT n.%I FROM new_rows n WHERE coalesce(n.superseded_at IS NULL, false))'
            ' ORDER BY o.id FOR NO KEY UPDATE', owners, owner)
        USING mine;
    END IF;
    -- The planner takes what stands in ``coalesce`` for many and min() for all of it: else it would
    -- look up each row by itself, hoping to find a wrong one soon.
    EXECUTE format('SELECT min(n.%2$I) FROM new_rows n JOIN %1$s c ON c.%2$I = n.%2$I'
        ' AND c.%2$I BETWEEN $1 AND $2'
        ' AND c.superseded_at IS NULL AND c.id <> n.id AND c.valid && n.valid AND %3$s'
        ' WHERE coalesce(n.superseded_at IS NULL, false)', TG_RELID::regclass, owner, TG_ARGV[1])
    INTO overlapping USING first_owner, last_owner;
    IF overlapping IS NOT NULL THEN
        RAISE EXCEPTION '% % has two rows of % at a time', owner, overlapping, TG_TABLE_NAME
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0006_own_sessions")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
