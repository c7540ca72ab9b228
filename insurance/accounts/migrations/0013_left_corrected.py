"""What left an account is corrected by another case; what was paid counts (更正)."""

import django.db.models.deletion
from django.db import migrations, models

SQL = """
-- What a case let leave, or what corrects it, left: nobody put it back.
CREATE FUNCTION accounts_left_stands(left_by bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH RECURSIVE chain AS (
        SELECT left_by AS case_id
      UNION ALL
        SELECT l.case_id FROM chain n JOIN accounts_leftaccount l ON l.corrects_id = n.case_id)
    SELECT bool_or(NOT EXISTS (SELECT FROM accounts_accountentry r WHERE r.source_id = c.case_id
        AND r.source = 'CASE' AND r.kind = 'RETURNED')) FROM chain c
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_refunds_reckoned'),
        ('people', '0010_agents_of_employers'),
    ]

    operations = [
        migrations.AddField(
            model_name='leftaccount',
            name='corrects',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='accounts.leftaccount', verbose_name='原核算'),
        ),
        migrations.AddField(
            model_name='leftaccount',
            name='ground',
            field=models.CharField(blank=True, max_length=500, verbose_name='更正依据'),
        ),
        migrations.AddField(
            model_name='outgoing',
            name='had_fen',
            field=models.BigIntegerField(db_default=0, verbose_name='其中更正前已付(分)'),
        ),
        migrations.AddConstraint(
            model_name='leftaccount',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('corrects__isnull', True), ('ground', '')), models.Q(('corrects__isnull', False), models.Q(('ground', ''), _negated=True)), _connector='OR'), name='accounts_left_corrected'),
        ),
        migrations.AddConstraint(
            model_name='outgoing',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gte', models.F('had_fen')), ('had_fen__gte', 0)), name='accounts_outgoing_had'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
