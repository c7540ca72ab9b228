"""What goes back of doubled months, and interest that is made up, keep how they came about."""

import django.db.models.deletion
from django.db import migrations, models

SQL = """
CALL make_append_only('accounts_madeupinterest');
CALL make_scoped('accounts_madeupinterest', $$EXISTS (SELECT FROM accounts_accountentry p
    WHERE p.id = accounts_madeupinterest.entry_id)$$);
CALL desk_as_application();
"""


class Migration(migrations.Migration):

    dependencies = [("accounts", "0011_left_account")]

    operations = [
        migrations.AddField(
            model_name="outgoing",
            name="reckoned",
            field=models.JSONField(default=list, verbose_name="金额怎样得来"),
        ),
        migrations.CreateModel(
            name="MadeUpInterest",
            fields=[
                ("entry", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to="accounts.accountentry", verbose_name="个人账户明细")),
                ("reckoned", models.JSONField(verbose_name="金额怎样得来")),
            ],
            options={"verbose_name": "补记利息核算"},
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
