"""A run may bill a one-off payment (一次性缴费)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("collection", "0017_refunds_of_a_payer")]
    operations = [
        migrations.AlterField(
            model_name="billrun",
            name="kind",
            field=models.CharField(
                choices=[
                    ("EMPLOYERS", "单位月度核定"),
                    ("INDIVIDUALS", "灵活就业月度核定"),
                    ("RESIDENTS", "居民年度核定"),
                    ("TOP_UP", "补差"),
                    ("YEAR_TOP_UP", "居民补差"),
                    ("LATE_FEE", "滞纳金"),
                    ("BACK_PAYMENT", "补缴"),
                    ("TAKEN_OVER", "接管欠缴"),
                    ("AMENDED", "接管欠缴更正"),
                    ("ONE_OFF", "一次性缴费"),
                ],
                max_length=12,
                verbose_name="种类",
            ),
        ),
    ]
