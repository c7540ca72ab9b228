"""Archives and approvals of retirement are the employees' pensions'; an award is its scheme's."""

from django.db import migrations

SQL = """
CALL make_scoped('pension_archivefacts', $$'110' = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('pension_archiveperiod', $$'110' = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('pension_retirementapproval', $$'110' = ANY ((SELECT scope_schemes())::text[])$$);
CALL make_scoped('pension_award', $$scheme = ANY ((SELECT scope_schemes())::text[])$$);

CALL triggers_see_all();
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [("pension", "0012_residents_again"), ("benefits", "0018_scope")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
