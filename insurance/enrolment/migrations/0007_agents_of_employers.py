"""An employer's agent sees whom it insures and on what wage; of persons names and numbers alone, and
of those whom it insures now."""

from django.db import migrations

SQL = """
CREATE FUNCTION scope_insured() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(DISTINCT f.party_id), '{}') FROM enrolment_enrolment e
    JOIN people_canonical c ON c.party_id = e.person_id
    JOIN people_canonical f ON f.canonical_id = c.canonical_id
    WHERE e.payer_id = ANY (scope_employer()) AND e.superseded_at IS NULL
        AND (upper_inf(e.valid) OR upper(e.valid) > (now() AT TIME ZONE 'Asia/Shanghai')::date)
$$;
REVOKE EXECUTE ON FUNCTION scope_insured() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_insured() TO yikatong_app;

CALL also_seen('enrolment_enrolment', $$payer_id = ANY ((SELECT scope_employer())::bigint[])$$);
CALL also_seen('enrolment_wage', $$payer_id = ANY ((SELECT scope_employer())::bigint[])$$);
CALL also_seen('people_partyname', $$party_id = ANY ((SELECT scope_insured())::bigint[])$$);
CALL also_seen('people_partyidentifier', $$party_id = ANY ((SELECT scope_insured())::bigint[])$$);
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0006_scope"), ("people", "0010_agents_of_employers")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
