"""What an index that waits for an average wage rests on, by year."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pension", "0007_recalculated_set_wise")]

    operations = [
        migrations.AddField(
            model_name="award",
            name="index_bases",
            field=models.JSONField(null=True, verbose_name="待重算指数的各年基数(分)"),
        ),
    ]
