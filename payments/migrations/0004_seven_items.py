"""A fund may have up to seven expense items; a kind of batches for what employers get back."""

from django.db import migrations, models

SQL = """
ALTER TABLE payments_attempt DROP CONSTRAINT payments_attempt_parts,
    ADD CONSTRAINT payments_attempt_parts CHECK (fen = coalesce(parts[1], 0)
        + coalesce(parts[2], 0) + coalesce(parts[3], 0) + coalesce(parts[4], 0)
        + coalesce(parts[5], 0) + coalesce(parts[6], 0) + coalesce(parts[7], 0));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0003_grants'),
    ]

    operations = [
        migrations.AlterField(
            model_name='batch',
            name='kind',
            field=models.CharField(choices=[('REGULAR', '首发'), ('REISSUE', '二次发放'), ('ACCOUNT', '账户支付'), ('GRANT', '一次性待遇'), ('EMPLOYER', '单位返还')], max_length=8, verbose_name='类别'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
