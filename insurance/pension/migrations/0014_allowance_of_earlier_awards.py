"""Allowances for illness awarded before the expense item was kept: what is paid from now on is
booked as the allowance too. What was booked before stays where it was, until a difference of that
month is paid: then the month moves whole, its total the same."""

from django.db import migrations

SQL = """
ALTER TABLE benefits_entitlement DISABLE TRIGGER only_start_moves;
UPDATE benefits_entitlement e SET item_ordinal = 4 FROM pension_award a
WHERE a.entitlement_id = e.id AND a.kind = 'AWARD' AND a.scheme = '110' AND a.route = 'ILLNESS'
    AND a.retirement_month >= '2025-01-01' AND e.item_ordinal IS NULL;
ALTER TABLE benefits_entitlement ENABLE TRIGGER only_start_moves;
"""


class Migration(migrations.Migration):
    dependencies = [("pension", "0013_scope"), ("benefits", "0025_item_stays")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
