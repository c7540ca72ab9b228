"""The keys with which both sides sign what is taken over, pinned once."""

import django.db.models.functions.datetime
from django.db import migrations, models


SQL = """
CALL make_append_only('access_trustedkey');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0017_before_a_machine"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrustedKey",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("side", models.CharField(max_length=8, verbose_name="哪一方")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="原系统")),
                ("public_key", models.CharField(max_length=64, verbose_name="公钥")),
                ("certificate", models.BinaryField(verbose_name="登记证明")),
                (
                    "pinned_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        verbose_name="登记时间",
                    ),
                ),
            ],
            options={
                "verbose_name": "受信公钥",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("side", "source"), name="access_trustedkey_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
