"""A word against a batch, and what lifts it, counts with this host's certificate (不同意)."""

from datetime import UTC

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from backend.access import certified

WORDS = ("batch_id", "step", "digest", "reason", "lifts_id", "staff_id", "person_id")


def certify(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """This host vouches for what was said so far."""
    refusals = apps.get_model("payments", "BatchRefusal").objects.using(editor.connection.alias)
    editor.execute("ALTER TABLE payments_batchrefusal DISABLE TRIGGER USER")
    for row in refusals.values("pk", "said_at", *WORDS):
        said = certified.RefusalSaid(
            **{word: row[word] for word in WORDS},
            said_at=row["said_at"].astimezone(UTC).isoformat(),
        )
        refusals.filter(pk=row["pk"]).update(certificate=certified.certificate(said))
    editor.execute("ALTER TABLE payments_batchrefusal ENABLE TRIGGER USER")


class Migration(migrations.Migration):

    dependencies = [("payments", "0023_open_items")]

    operations = [
        migrations.AddField(
            model_name="batchrefusal",
            name="certificate",
            field=models.BinaryField(default=b"", verbose_name="证明"),
        ),
        migrations.AlterField(
            model_name="batchrefusal",
            name="said_at",
            field=models.DateTimeField(verbose_name="时间"),
        ),
        migrations.AlterField(
            model_name="batchrefusal",
            name="lifts",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lifted",
                to="payments.batchrefusal",
                verbose_name="撤回的",
            ),
        ),
        migrations.RunPython(certify, migrations.RunPython.noop),
    ]
