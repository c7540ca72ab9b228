"""What is all of one expense item, whatever its components are."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("benefits", "0021_baseline_refused")]

    operations = [
        migrations.AddField(
            model_name="entitlement",
            name="item_ordinal",
            field=models.SmallIntegerField(null=True, verbose_name="支出项目"),
        ),
        migrations.AddConstraint(
            model_name="entitlement",
            constraint=models.CheckConstraint(
                condition=models.Q(("item_ordinal__gte", 1), ("item_ordinal__lte", 4)),
                name="benefits_entitlement_item_ordinal",
            ),
        ),
    ]
