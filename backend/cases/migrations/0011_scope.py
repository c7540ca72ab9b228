"""A case is its agency's, and of the one that reviews for it; signatures are where they belong."""

from django.db import migrations

SQL = """
CALL make_scoped('cases_case',
    $$agency_id = ANY ((SELECT scope_agencies())::integer[])
        OR agency_id = (SELECT scope_told('agency')::integer)
        AND party_id IN (SELECT party_id FROM people_person
        WHERE village_id = (SELECT scope_told('village')::bigint))$$);
CALL make_scoped('cases_objection',
    $$EXISTS (SELECT FROM cases_case p WHERE p.id = cases_objection.case_id)$$);
CALL make_scoped('cases_correction',
    $$EXISTS (SELECT FROM cases_case p WHERE p.id = cases_correction.case_id)$$);
CALL make_scoped('cases_caseterm',
    $$EXISTS (SELECT FROM cases_case p WHERE p.id = cases_caseterm.case_id)$$);
CALL make_scoped('cases_material',
    $$EXISTS (SELECT FROM cases_case p WHERE p.id = cases_material.case_id)$$);
CALL make_scoped('cases_closing',
    $$EXISTS (SELECT FROM cases_case p WHERE p.id = cases_closing.case_id)$$);
CALL make_scoped('cases_acting',
    $$EXISTS (SELECT FROM cases_case p WHERE p.id = cases_acting.case_id)$$);
CALL make_scoped('cases_archived',
    $$EXISTS (SELECT FROM cases_case p WHERE p.id = cases_archived.case_id)$$);
CALL make_scoped('cases_volume',
    $$agency_id = ANY ((SELECT scope_agencies())::integer[])$$);
CALL make_scoped('cases_loan',
    $$EXISTS (SELECT FROM cases_volume p WHERE p.id = cases_loan.volume_id)$$);
-- Who may act for somebody may do so at every counter.
CALL make_scoped('cases_mandate',
    $$(SELECT scope_sees('EVERYBODY')) OR principal_id IN (SELECT party_id FROM people_person
        WHERE village_id = (SELECT scope_told('village')::bigint))$$,
    $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('cases_approval',
    $$(SELECT scope_sees('AUDIT')) OR CASE subject_kind WHEN 'cases.case'
        THEN EXISTS (SELECT FROM cases_case c WHERE c.id = cases_approval.subject_id)
        ELSE (SELECT scope_sees('EVERYBODY')) AND EXISTS (SELECT FROM access_staff s
            WHERE s.id = cases_approval.staff_id
            AND s.agency_id = (SELECT scope_told('agency')::integer)) END$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_kept"), ("people", "0004_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
