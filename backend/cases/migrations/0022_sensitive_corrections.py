"""What puts right an approved case is found at once: supervision lists it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0032_initial_keys'),
        ('cases', '0021_initial_keys_sign_nothing'),
        ('people', '0011_recusals'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('content__has_key', 'corrects')), fields=['id'], name='cases_case_corrects'),
        ),
    ]
