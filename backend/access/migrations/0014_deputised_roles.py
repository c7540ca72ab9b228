"""Administrators and who helps a village have no deputies (可以代理的岗位)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0013_delegations'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ('CLERK', 'REVIEWER', 'FINANCE', 'APPROVER', 'CASHIER'))), name='access_delegation_of_business'),
        ),
    ]
