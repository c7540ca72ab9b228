"""What the framework keeps for itself is the owner's: promises begin on the day their migration was
applied, and nobody may move that day."""

from django.db import migrations

SQL = """
REVOKE INSERT, UPDATE ON django_migrations, django_content_type, auth_permission, auth_group,
    auth_group_permissions FROM yikatong_app;
CALL desk_as_application();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0008_sealer"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
