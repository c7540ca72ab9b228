"""Evidence names a case, as overrides do; what was recorded before stays and counts no more."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0011_asked_with_number'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='sealcondition',
            name='payments_condition_evidence_or_override',
        ),
        # Rows of before have none: nobody confirmed them, and new ones are looked at.
        AddConstraintNotValid(
            model_name='sealcondition',
            constraint=models.CheckConstraint(condition=models.Q(('case_id__isnull', False), models.Q(models.Q(('as_of__isnull', False), ('override_reason', '')), models.Q(('as_of__isnull', True), ('evidence_sha256', '')), _connector='OR')), name='payments_condition_rests_on_a_case'),
        ),
    ]
