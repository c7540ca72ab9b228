"""Enrolments are seen by the agencies that serve their scheme; wages by all of them: one declaration
serves every scheme."""

from django.db import migrations

SQL = """
CALL make_scoped('enrolment_enrolment', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('enrolment_retiredstatus', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('enrolment_rollentry', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('enrolment_cleared', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('enrolment_wage', $$(SELECT scope_sees('EVERYBODY'))$$);
CALL make_scoped('enrolment_supportgroup', $$(SELECT scope_sees('EVERYBODY'))$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0005_deaths_known"), ("people", "0004_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
