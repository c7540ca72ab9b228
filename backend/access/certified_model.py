"""Rows that count by a certificate of this host over every word of them (凭证明生效)."""

from typing import Any, ClassVar

from django.db import models

from backend.access import certified


class Certified(models.Model):
    """What SQL writes has no certificate, and does not count."""

    certificate: Any  # each says in its own words what it is
    # What is saved then, the certificate with it; none: it is vouched for before it is kept.
    saved_with: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    @property
    def vouched(self) -> certified.Given | None:
        """What the certificate is over, word for word; None: nothing yet."""
        raise NotImplementedError

    @property
    def counts(self) -> bool:
        """Whether this host vouched for it, as it is."""
        given, kept = self.vouched, bytes(self.certificate or b"")
        return given is not None and certified.counts(given, certificate=kept)

    def certify(self) -> None:
        """Let this host vouch for it, as it is now."""
        given = self.vouched
        if given is None:
            raise TypeError(f"{self._meta.label} {self.pk} is nothing to vouch for yet")
        self.certificate = certified.certificate(given)
        if self.saved_with:
            self.save(update_fields=self.saved_with)
