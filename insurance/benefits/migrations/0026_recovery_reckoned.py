"""A notice and an order of a recovery keep how their amount came about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("benefits", "0025_item_stays")]
    operations = [
        migrations.AddField(
            model_name="recoverystep",
            name="reckoned",
            field=models.JSONField(default=list, verbose_name="金额怎样得来"),
        ),
    ]
