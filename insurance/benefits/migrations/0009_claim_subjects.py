"""What may be granted more than once says for what; a certificate is used once (事项、证书)."""

from django.db import migrations, models

SQL = """
ALTER TABLE benefits_claim DROP CONSTRAINT benefits_claim_ordinal,
    ADD CONSTRAINT benefits_claim_ordinal CHECK (ordinal BETWEEN 1 AND 7),
    ADD CONSTRAINT benefits_claim_subject CHECK ((subject = '') = (kind = 'SURVIVOR'));
"""


class Migration(migrations.Migration):

    dependencies = [
        ('benefits', '0008_recovery'),
        ('ledger', '0002_promises'),
        ('people', '0002_promises'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='claim',
            name='benefits_claim_once',
        ),
        migrations.AddField(
            model_name='claim',
            name='subject',
            field=models.CharField(blank=True, max_length=60, verbose_name='事项'),
        ),
        migrations.AlterField(
            model_name='claim',
            name='kind',
            field=models.CharField(choices=[('SURVIVOR', '丧葬补助金和抚恤金'), ('CHILDBIRTH', '生育一次性补助'), ('SKILL', '技能提升补贴')], max_length=10, verbose_name='类别'),
        ),
        migrations.AlterField(
            model_name='claimshare',
            name='relation',
            field=models.CharField(choices=[('SELF', '本人'), ('SPOUSE', '配偶'), ('CHILD', '子女'), ('PARENT', '父母'), ('OTHER', '其他继承人')], max_length=6, verbose_name='与参保人关系'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True)), fields=('person', 'scheme', 'kind', 'subject'), name='benefits_claim_once'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(condition=models.Q(('superseded_at__isnull', True), ('kind', 'SKILL')), fields=('subject',), name='benefits_claim_one_certificate'),
        ),
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
