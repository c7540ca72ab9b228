"""A row that a baseline left out names the rule that left it out."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0022_item_of_an_entitlement'),
    ]

    operations = [
        migrations.AddField(
            model_name='baselinerefused',
            name='code',
            field=models.CharField(blank=True, default='', max_length=60, verbose_name='代码'),
            preserve_default=False,
        ),
    ]
