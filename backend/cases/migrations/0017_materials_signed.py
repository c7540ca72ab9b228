"""What lay with a case stands under the signatures over it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0016_followed_by_helper")]
    operations = [
        migrations.AddField(
            model_name="approval",
            name="materials",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=90, verbose_name="所见材料"
            ),
        )
    ]
