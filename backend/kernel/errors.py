"""A rule says no (规则不允许): the one kind of error that a clerk reads out."""

from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - the answer of a rule, not an error
    """What a rule refuses (拒绝), with a stable ``code`` and a Chinese sentence.

    Each module defines its own subclasses beside the rule that raises them.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, detail: str, **facts: object) -> None:
        """Say ``detail`` to the clerk; ``facts`` go beside it into problem+json."""
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    def aftermath(self) -> None:
        """Do what must stand when all that was refused is undone; a rule without it does nothing.

        Whoever turns refusals into answers calls this after the rollback.
        """

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the facts when the refusal crosses a process boundary."""
        return (type(self), (self.detail,), {"facts": self.facts})
