"""When all was sealed is an instant of a clock: no infinity, and no year that cannot be read."""

from datetime import UTC, datetime

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_from_one")]
    operations = [
        migrations.AddConstraint(
            model_name="sealing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    settled_at__range=(
                        datetime(2000, 1, 1, tzinfo=UTC),
                        datetime(9999, 1, 1, tzinfo=UTC),
                    )
                ),
                name="audit_sealing_settled_at_a_time",
            ),
        ),
    ]
