"""Who helps a village follows the cases of its residents that he received himself, and no other."""

from django.db import migrations

SQL = """
ALTER POLICY sees ON cases_case USING ((SELECT scope_sees('CITY')) OR {seen});
ALTER POLICY adds ON cases_case WITH CHECK ((SELECT scope_writes()) AND ({seen}));
ALTER POLICY changes ON cases_case USING ((SELECT scope_writes()) AND ({seen}))
    WITH CHECK ((SELECT scope_writes()) AND ({seen}));
"""
SEEN = """agency_id = ANY ((SELECT scope_agencies())::integer[])
    OR agency_id = (SELECT scope_told('agency')::integer)
    AND received_by = (SELECT scope_told('helper')::bigint)
    AND party_id IN (SELECT party_id FROM people_person
        WHERE village_id = (SELECT scope_told('village')::bigint))"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0015_corrected_by_hand")]
    operations = [migrations.RunSQL(SQL.format(seen=SEEN), migrations.RunSQL.noop)]
