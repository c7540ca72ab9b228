"""A session that ends is gone: the one table from which the application may delete."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("access", "0003_key_certificates"), ("sessions", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "GRANT DELETE ON django_session TO yikatong_app;", migrations.RunSQL.noop
        ),
    ]
