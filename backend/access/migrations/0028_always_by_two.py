"""What an owner enters with, and each role, comes from two administrators (开通、重置、授予岗位).

Whose account has no role, now or later, has what one administrator alone issued: it is reset, by
two, before it gets one.
"""

from django.db import migrations

SQL = """
UPDATE access_staff s SET password = '!'
WHERE NOT EXISTS (
    SELECT FROM access_roleassignment r
    WHERE r.staff_id = s.id
        AND r.valid && daterange((now() AT TIME ZONE 'Asia/Shanghai')::date, NULL))
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0027_asked_resets_certified")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
