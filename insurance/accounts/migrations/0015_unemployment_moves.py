"""The relation of unemployment insurance moves away, with what is left of a benefit."""

from django.db import migrations, models

SQL = """
ALTER TABLE accounts_leftaccount DROP CONSTRAINT accounts_left_account_scheme;
ALTER TABLE accounts_leftaccount ADD CONSTRAINT accounts_left_account_scheme CHECK (
    scheme IN ('110', '170', '210', '310'));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0014_transfer_corrected'),
    ]

    operations = [
        migrations.AlterField(
            model_name='leftaccount',
            name='scheme',
            field=models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险'), ('210', '失业保险')], max_length=3, verbose_name='险种'),
        ),
        migrations.AlterField(
            model_name='outgoing',
            name='scheme',
            field=models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险'), ('210', '失业保险')], max_length=3, verbose_name='险种'),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='scheme',
            field=models.CharField(choices=[('110', '企业职工基本养老保险'), ('170', '城乡居民基本养老保险'), ('310', '职工基本医疗保险'), ('210', '失业保险')], max_length=3, verbose_name='险种'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
