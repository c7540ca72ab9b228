"""The register of persons is one for all agencies; a citizen sees himself, who helps a village its
residents. Organisations are public."""

from django.db import migrations

SQL = """
-- A citizen's own entries, also those that were merged.
CREATE FUNCTION scope_own() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(f.party_id), '{}') FROM people_canonical f
    WHERE f.canonical_id = (SELECT c.canonical_id FROM people_canonical c
        WHERE c.party_id = scope_told('person')::bigint)
$$;
REVOKE EXECUTE ON FUNCTION scope_own() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION scope_own() TO yikatong_app;
ALTER TABLE access_staff ADD CONSTRAINT access_staff_village_fk
    FOREIGN KEY (village_id) REFERENCES people_organisation (party_id);

CALL make_scoped('people_person',
    $$(SELECT scope_sees('EVERYBODY')) OR party_id = ANY ((SELECT scope_own())::bigint[])
        OR village_id = (SELECT scope_told('village')::bigint)$$,
    $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('people_partyname',
    $$(SELECT scope_sees('EVERYBODY')) OR party_id = ANY ((SELECT scope_own())::bigint[])
        OR party_id IN (SELECT party_id FROM people_person
        WHERE village_id = (SELECT scope_told('village')::bigint))
        OR EXISTS (SELECT FROM people_organisation o
        WHERE o.party_id = people_partyname.party_id)$$,
    $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('people_partyidentifier',
    $$(SELECT scope_sees('EVERYBODY')) OR party_id = ANY ((SELECT scope_own())::bigint[])
        OR party_id IN (SELECT party_id FROM people_person
        WHERE village_id = (SELECT scope_told('village')::bigint))
        OR EXISTS (SELECT FROM people_organisation o
        WHERE o.party_id = people_partyidentifier.party_id)$$,
    $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('people_death',
    $$(SELECT scope_sees('EVERYBODY')) OR person_id = ANY ((SELECT scope_own())::bigint[])
        OR person_id IN (SELECT party_id FROM people_person
        WHERE village_id = (SELECT scope_told('village')::bigint))$$,
    $$(SELECT scope_sees('EVERYBODY'))$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0003_citizen_sessions"), ("access", "0011_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
