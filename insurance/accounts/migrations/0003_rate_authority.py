"""What is printed of a yearly rate's source (记账利率的依据)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_promises")]

    operations = [
        migrations.AddField(
            "interestrun",
            "authority",
            models.CharField("依据", max_length=240, default=""),
            preserve_default=False,
        ),
    ]
