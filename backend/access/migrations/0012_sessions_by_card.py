"""A social security card opens a session itself: one at a time, whichever kiosk it lies in."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0011_scope'),
    ]

    operations = [
        migrations.AddField(
            model_name='citizensession',
            name='card_id',
            field=models.BigIntegerField(null=True, verbose_name='社会保障卡'),
        ),
        migrations.AlterField(
            model_name='citizensession',
            name='clerk',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL, verbose_name='经办人'),
        ),
        migrations.AddConstraint(
            model_name='citizensession',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('card_id',), name='access_citizensession_one_of_card'),
        ),
        migrations.AddConstraint(
            model_name='citizensession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('card_id__isnull', False), ('clerk__isnull', True)), models.Q(('card_id__isnull', True), ('clerk__isnull', False)), _connector='OR'), name='access_citizensession_by_clerk_or_card'),
        ),
    ]
