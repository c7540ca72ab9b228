"""A registration ends with the death of who was out of work (失业登记因死亡注销)."""

from django.db import migrations, models

SQL = """
ALTER TABLE unemployment_registration DROP CONSTRAINT unemployment_registration_ends;
ALTER TABLE unemployment_registration ADD CONSTRAINT unemployment_registration_ends CHECK (
    NOT isempty(valid) AND NOT lower_inf(valid) AND upper_inf(valid) = (end_reason = '')
    AND end_reason IN
        ('', 'REEMPLOYED', 'ARMY', 'EMIGRATED', 'PENSION', 'IN_PRISON', 'NOT_SEEKING', 'DIED'));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('unemployment', '0004_correction'),
    ]

    operations = [
        migrations.AlterField(
            model_name='registration',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('REEMPLOYED', '重新就业'), ('ARMY', '应征服兵役'), ('EMIGRATED', '移居境外'), ('PENSION', '享受基本养老保险待遇'), ('IN_PRISON', '被判刑收监执行'), ('NOT_SEEKING', '不再求职或失去联系'), ('DIED', '死亡')], max_length=12, verbose_name='注销原因'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
