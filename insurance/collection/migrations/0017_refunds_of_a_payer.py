"""What goes back to a payer in a year is summed up for each of its refunds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collection", "0016_agents_of_employers")]
    operations = [
        migrations.AddIndex(
            model_name="treasuryrefund",
            index=models.Index(fields=["payer_id"], name="collection_refund_payer"),
        ),
    ]
