"""What an employer was refunded is corrected by another case; what was paid counts (更正)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0010_agents_of_employers'),
        ('unemployment', '0007_scope'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='refundentry',
            name='unemployment_refund_entry_once',
        ),
        migrations.AddField(
            model_name='refundentry',
            name='case_id',
            field=models.BigIntegerField(null=True, unique=True, verbose_name='更正的业务编号'),
        ),
        migrations.AddField(
            model_name='refundentry',
            name='corrects',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='correction', to='unemployment.refundentry', verbose_name='原明细'),
        ),
        migrations.AddField(
            model_name='refundentry',
            name='ground',
            field=models.CharField(blank=True, max_length=500, verbose_name='更正依据'),
        ),
        migrations.AddField(
            model_name='refundentry',
            name='had_fen',
            field=models.BigIntegerField(default=0, verbose_name='其中更正前已付(分)'),
        ),
        migrations.AddConstraint(
            model_name='refundentry',
            constraint=models.UniqueConstraint(condition=models.Q(('corrects__isnull', True)), fields=('list', 'payer'), name='unemployment_refund_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='refundentry',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gte', models.F('had_fen')), ('had_fen__gte', 0)), name='unemployment_refund_entry_had'),
        ),
        migrations.AddConstraint(
            model_name='refundentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('case_id__isnull', True), ('corrects__isnull', True), ('ground', '')), models.Q(('case_id__isnull', False), ('corrects__isnull', False), models.Q(('ground', ''), _negated=True)), _connector='OR'), name='unemployment_refund_entry_corrected'),
        ),
    ]
