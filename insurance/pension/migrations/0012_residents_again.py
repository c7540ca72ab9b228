"""Awards of 170 are computed again, too: by district and year."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pension", "0011_waiting_account")]

    operations = [
        migrations.AddField(
            model_name="recalculation",
            name="scheme",
            field=models.CharField(default="110", max_length=3, verbose_name="险种"),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="recalculation",
            name="base_fen",
            field=models.BigIntegerField(null=True, verbose_name="计发基数(分)"),
        ),
        migrations.AlterField(
            model_name="recalculation",
            name="authority",
            field=models.CharField(blank=True, max_length=200, verbose_name="计发基数依据"),
        ),
        migrations.RemoveConstraint(
            model_name="recalculation", name="pension_recalculation_once"
        ),
        migrations.RemoveConstraint(
            model_name="recalculation", name="pension_recalculation_one_open"
        ),
        migrations.AddConstraint(
            model_name="recalculation",
            constraint=models.UniqueConstraint(
                fields=["scheme", "region", "year", "ordinal"], name="pension_recalculation_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recalculation",
            constraint=models.UniqueConstraint(
                fields=["scheme", "region", "year"],
                name="pension_recalculation_one_open",
                condition=models.Q(state="OPEN"),
            ),
        ),
        migrations.AddIndex(
            model_name="award",
            index=models.Index(
                fields=["region", "retirement_month"],
                name="pension_award_residents",
                condition=models.Q(scheme="170"),
            ),
        ),
    ]
