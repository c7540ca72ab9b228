"""Of one role for one account and one reach one waits at a time, for a day (待确认的岗位); of those
that wait twice when this is applied the later are taken back."""

from django.db import migrations

SQL = """
UPDATE access_askedrole later SET withdrawn_at = now()
WHERE later.confirmed_at IS NULL AND later.withdrawn_at IS NULL AND EXISTS (
    SELECT FROM access_askedrole first
    WHERE first.id < later.id AND first.confirmed_at IS NULL AND first.withdrawn_at IS NULL
        AND (first.staff_id, first.role, first.level) = (later.staff_id, later.role, later.level)
        AND first.employer_id IS NOT DISTINCT FROM later.employer_id
        AND first.asked_at BETWEEN later.asked_at - interval '1 day'
            AND later.asked_at + interval '1 day');
-- No unique index: what waited for more than a day waits no more, and nobody marks it.
ALTER TABLE access_askedrole ADD CONSTRAINT access_role_asked_once EXCLUDE USING gist (
    staff_id WITH =, role WITH =, level WITH =, coalesce(employer_id, 0) WITH =,
    tsrange(asked_at AT TIME ZONE 'UTC', asked_at AT TIME ZONE 'UTC' + interval '1 day') WITH &&
) WHERE (confirmed_at IS NULL AND withdrawn_at IS NULL);
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0025_asked_roles_withdrawn")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
