"""A paper that is refused is left before witnesses or in pictures (留置送达)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("issuing", "0014_change_letter")]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="way",
            field=models.CharField(
                choices=[
                    ("IN_PERSON", "当面"),
                    ("MAIL", "邮寄"),
                    ("ENTRUSTED", "委托"),
                    ("LEFT", "留置"),
                    ("PUBLIC", "公告"),
                ],
                max_length=9,
                verbose_name="送达方式",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="witnesses",
            field=models.CharField(
                blank=True, default="", max_length=60, verbose_name="见证人"
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("way", "LEFT"),
                        models.Q(
                            models.Q(("witnesses", ""), _negated=True),
                            ("material__isnull", False),
                            _connector="OR",
                        ),
                    ),
                    models.Q(models.Q(("way", "LEFT"), _negated=True), ("witnesses", "")),
                    _connector="OR",
                ),
                name="issuing_left_before_witnesses",
            ),
        ),
    ]
