"""Links and blocks are counted from one: what stands before that belongs to no block."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_row_history")]
    operations = [
        migrations.AddConstraint(
            model_name="chainlink",
            constraint=models.CheckConstraint(
                condition=models.Q(position__gt=0), name="audit_chainlink_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(number__gt=0, first__gt=0), name="audit_block_from_one"
            ),
        ),
    ]
