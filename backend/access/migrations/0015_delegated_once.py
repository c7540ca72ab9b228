"""The same is delegated once at a time: of two, revoking one would end nothing."""

import django.contrib.postgres.constraints
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0014_deputised_roles'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='delegation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('confirmed_at__isnull', False), ('revoked_at__isnull', True)), expressions=[('acting_for', '='), ('staff', '='), ('role', '='), ('valid', '&&')], name='access_delegation_deputy_once'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('confirmed_at__isnull', False), ('revoked_at__isnull', True)), expressions=[('agency', '='), ('superior', '='), ('role', '='), ('valid', '&&')], name='access_delegation_superior_once'),
        ),
    ]
