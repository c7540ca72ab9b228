"""A trusted key that SQL wrote does not take the place of the one that this host pins."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("access", "0019_row_history")]

    operations = [
        migrations.RemoveConstraint(model_name="trustedkey", name="access_trustedkey_once"),
        migrations.AddConstraint(
            model_name="trustedkey",
            constraint=models.UniqueConstraint(
                fields=("side", "source", "certificate"), name="access_trustedkey_once"
            ),
        ),
    ]
