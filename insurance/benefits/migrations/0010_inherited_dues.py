"""Dues of the dead go to the heirs by claims; a share says of which expense items it is."""

import backend.people.models
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

SQL = """
CALL make_append_only('benefits_inheriteddue');
CALL make_supersede_only('benefits_claim');
ALTER TABLE benefits_claimshare ADD CONSTRAINT benefits_claimshare_parts CHECK (
    cardinality(parts) BETWEEN 1 AND 7 AND fen = coalesce(parts[1], 0) + coalesce(parts[2], 0)
        + coalesce(parts[3], 0) + coalesce(parts[4], 0) + coalesce(parts[5], 0)
        + coalesce(parts[6], 0) + coalesce(parts[7], 0));
"""

# Shares of before are of one expense item, that of their claim.
FILL = """
ALTER TABLE benefits_claimshare DISABLE TRIGGER USER;
UPDATE benefits_claimshare s SET parts = array_fill(0::bigint, ARRAY[c.ordinal - 1]) || s.fen
FROM benefits_claim c WHERE c.id = s.claim_id;
ALTER TABLE benefits_claimshare ENABLE TRIGGER USER;
-- They name the columns that never change: with one of them they would go unseen.
DROP TRIGGER append_only ON benefits_claim;
DROP TRIGGER supersede_only ON benefits_claim;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0009_claim_subjects'),
    ]

    operations = [
        migrations.AlterField(
            model_name='claim',
            name='kind',
            field=models.CharField(choices=[('SURVIVOR', '丧葬补助金和抚恤金'), ('CHILDBIRTH', '生育一次性补助'), ('SKILL', '技能提升补贴'), ('INHERITED', '死亡前应发未发待遇')], max_length=10, verbose_name='类别'),
        ),
        migrations.AddField(
            model_name='claimshare',
            name='parts',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None, verbose_name='按支出项目(分)'),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveField(model_name='claim', name='ordinal'),
        migrations.CreateModel(
            name='InheritedDue',
            fields=[
                ('due', models.OneToOneField(db_column='due_ref', on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to='benefits.due', verbose_name='应发')),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='benefits.claim', verbose_name='一次性待遇')),
                ('n', models.SmallIntegerField(verbose_name='代替的次数')),
                ('recorded_at', models.DateTimeField(db_default=backend.people.models.ClockTimestamp(), verbose_name='登记时间')),
            ],
            options={
                'verbose_name': '由继承人领取的应发',
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
