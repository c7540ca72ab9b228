"""A kind of batches for what is granted once (一次性待遇)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0002_promises'),
    ]

    operations = [
        migrations.AlterField(
            model_name='batch',
            name='kind',
            field=models.CharField(choices=[('REGULAR', '首发'), ('REISSUE', '二次发放'), ('ACCOUNT', '账户支付'), ('GRANT', '一次性待遇')], max_length=8, verbose_name='类别'),
        ),
    ]
