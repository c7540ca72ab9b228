"""When a run opens, only what changed since the planner last looked is looked at again.

The tables of a large city change little between two months beside those of the run itself, and
each look takes as long for a hundred thousand rows as for many millions. Before the seal the new
rows are looked at more coarsely: its sums read all of them, in whatever order.
"""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION benefits_refresh_run_statistics() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    looked_at text;
BEGIN
    ANALYZE benefits_runchange;  -- written by this very transaction
    FOR looked_at IN
        SELECT format('ANALYZE %I %s', w.name, w.columns)
        FROM (VALUES
            ('people_death', ''),
            ('payments_accountblock', ''),
            ('benefits_stop', ''),
            ('benefits_hold', ''),
            ('benefits_held', ''),
            ('benefits_entitlement', '(id, person_id, scheme, book_id, start_month)'),
            ('benefits_component', '(entitlement_id, component, valid)'),
            ('payments_payeeaccount', '(payee_id, valid)'),
            ('benefits_due', '(due_ref, entitlement_id, kind, for_month, run_period)'),
            ('payments_attempt', '(due_ref, n, batch_id, chunk)'),
            ('payments_outcome', '(due_ref, n, state, return_file_id)')) AS w (name, columns)
        JOIN pg_class c ON c.oid = w.name::regclass
        JOIN pg_stat_all_tables s ON s.relid = c.oid
        -- A hundredth changes no plan. When the server dies the count is lost, the size is not.
        WHERE c.reltuples < 0 OR s.n_mod_since_analyze > c.reltuples / 100
            OR pg_relation_size(c.oid) > 1.01 * c.relpages * current_setting('block_size')::int
    LOOP
        EXECUTE looked_at;
    END LOOP;
END $$;

ALTER FUNCTION benefits_refresh_month_statistics() SET default_statistics_target = 30;
"""


class Migration(migrations.Migration):
    dependencies = [("benefits", "0023_code_of_refused")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
