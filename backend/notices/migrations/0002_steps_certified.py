"""A step of a notice counts with this host's certificate (告知状态)."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from backend.access import certified

OF_NOTICE = ("case_id", "party_id", "channel", "address", "text")
OF_STEP = ("notice_id", "state", "person_id", "file_id", "detail")


def certify(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """This host vouches for what was put down so far."""
    steps = apps.get_model("notices", "NoticeStep").objects.using(editor.connection.alias)
    editor.execute("ALTER TABLE notices_noticestep DISABLE TRIGGER USER")
    words = (*OF_STEP, *(f"notice__{name}" for name in OF_NOTICE))
    for row in steps.values("pk", *words).iterator():
        step = certified.StepOfNotice(
            **{name: row[name] for name in OF_STEP},
            **{name: row[f"notice__{name}"] for name in OF_NOTICE},
        )
        steps.filter(pk=row["pk"]).update(certificate=certified.certificate(step))
    editor.execute("ALTER TABLE notices_noticestep ENABLE TRIGGER USER")


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="noticestep",
            name="certificate",
            field=models.BinaryField(default=b"", verbose_name="证明"),
        ),
        migrations.RunPython(certify, migrations.RunPython.noop),
    ]
