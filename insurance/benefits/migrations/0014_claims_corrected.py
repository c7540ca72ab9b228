"""A claim is corrected by another that takes its place; what was paid counts (更正)."""

import django.db.models.deletion
from django.db import migrations, models

# They name the columns that never change: with one more they are made anew.
SQL = """
DROP TRIGGER append_only ON benefits_claim;
DROP TRIGGER supersede_only ON benefits_claim;
CALL make_supersede_only('benefits_claim');

-- A claim, or the one that corrects it, is owed.
CREATE FUNCTION benefits_claim_stands(claim bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    WITH RECURSIVE chain AS (
        SELECT id, superseded_at FROM benefits_claim WHERE id = claim
      UNION ALL
        SELECT c.id, c.superseded_at FROM chain n JOIN benefits_claim c ON c.corrects_id = n.id)
    SELECT bool_or(superseded_at IS NULL) FROM chain
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0013_recovery_closed'),
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='claimshare',
            name='benefits_claimshare_fen',
        ),
        migrations.AddField(
            model_name='claim',
            name='corrects',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='benefits.claim', verbose_name='原核定'),
        ),
        migrations.AddField(
            model_name='claimshare',
            name='had_fen',
            field=models.BigIntegerField(default=0, verbose_name='其中更正前已付(分)'),
        ),
        migrations.AddConstraint(
            model_name='claimshare',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0), ('fen__gte', models.F('had_fen')), ('had_fen__gte', 0)), name='benefits_claimshare_fen'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
