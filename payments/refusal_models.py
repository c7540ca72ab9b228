"""A word against signing a batch, and the word that takes it back (不同意、撤回不同意)."""

from datetime import UTC

from django.db import models

from backend.access import certified
from backend.access.certified_model import Certified


class BatchRefusal(Certified):
    """Somebody whose step it was did not sign, and said why (不同意). Append-only.

    It stands until another that counts ``lifts`` it; while it stands, the batch goes no further.
    """

    id = models.AutoField(primary_key=True)
    batch = models.ForeignKey("payments.Batch", models.PROTECT, verbose_name="批次")
    step = models.CharField("环节", max_length=12)
    digest = models.CharField("内容摘要", max_length=64)
    reason = models.CharField("理由", max_length=200)
    lifts = models.ForeignKey(  # not once: a row without our certificate takes nobody's place
        "self", models.PROTECT, null=True, related_name="lifted", verbose_name="撤回的"
    )
    staff_id = models.BigIntegerField("工作人员")
    person_id = models.BigIntegerField("自然人")
    said_at = models.DateTimeField("时间")
    certificate = models.BinaryField("证明", default=b"")  # by this host: what SQL writes has none

    class Meta:
        verbose_name = "不同意"
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="payments_refusal_has_a_reason"
            ),
        )

    @property
    def vouched(self) -> certified.RefusalSaid:
        """That it was said here, as it is."""
        return certified.RefusalSaid(
            batch_id=self.batch_id,
            step=self.step,
            digest=self.digest,
            reason=self.reason,
            lifts_id=self.lifts_id,
            staff_id=self.staff_id,
            person_id=self.person_id,
            said_at=self.said_at.astimezone(UTC).isoformat(),
        )
