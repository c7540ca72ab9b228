"""Past names and numbers are found by party; they are few beside the current ones."""

from django.db import migrations, models

PAST = models.Q(("superseded_at__isnull", False))


class Migration(migrations.Migration):
    dependencies = [("people", "0002_promises")]
    operations = [
        migrations.AddIndex(
            model_name="partyname",
            index=models.Index(fields=["party"], name="people_name_past", condition=PAST),
        ),
        migrations.AddIndex(
            model_name="partyidentifier",
            index=models.Index(fields=["party"], name="people_identifier_past", condition=PAST),
        ),
    ]
