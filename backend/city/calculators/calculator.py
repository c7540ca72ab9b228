"""One calculator (计算器): what it takes, what it gives, and the rule that it asks. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from backend.city.calculators.kinds import InputInvalid, Kind
from backend.kernel.dated import Standing
from backend.kernel.errors import Refusal
from backend.kernel.months import Month, MonthInvalid
from backend.kernel.parameters import Resolved
from insurance.policy.standing import weakest
from insurance.policy.steps import Step


@dataclass(frozen=True)
class Field:
    """One input."""

    name: str
    kind: Kind
    about: str
    optional: bool = False


@dataclass(frozen=True)
class Answer:
    """What a calculator found: its outputs in their order, the steps, and how far to rely on it."""

    outputs: Mapping[str, object]
    steps: Sequence[Step] = ()
    standings: frozenset[Standing] = frozenset()

    def as_json(self) -> dict[str, object]:
        """As it is printed; the standing is that of the weakest figure used, none where no figure
        of the parameters was."""
        said: dict[str, object] = dict(self.outputs)
        said["steps"] = [step._asdict() | {"inputs": dict(step.inputs)} for step in self.steps]
        said["standing"] = weakest(standings=self.standings).value if self.standings else None
        return said


@dataclass(frozen=True)
class Calculator:
    """A calculator by its name; ``compute`` takes the inputs that were given, by name."""

    name: str
    about: str
    fields: tuple[Field, ...]
    outputs: tuple[tuple[str, str], ...]
    compute: Callable[..., Answer]

    def answer(self, given: object) -> dict[str, object]:
        """Compute from one JSON object.

        Raises:
            Refusal: naming the input that is wrong, or what the rule says.
        """
        read = self._read(given)
        try:
            return self.compute(**read).as_json()
        except MonthInvalid as refusal:
            named = "、".join(name for name, one in read.items() if isinstance(one, Month | date))
            refusal.detail = f"输入项 {named}：算到了不能计算的年月。{refusal.detail}"
            raise

    def _read(self, given: object) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            raise InputInvalid("输入应为一个 JSON 对象。")
        known = {field.name: field for field in self.fields}
        if unknown := sorted(set(given) - set(known)):
            raise InputInvalid(f"不认识的输入项：{'、'.join(map(str, unknown))[:80]}。")
        if missing := [f.name for f in self.fields if not f.optional and f.name not in given]:
            raise InputInvalid(f"缺少输入项：{'、'.join(missing)}。")
        return {name: _read_one(known[name], value) for name, value in given.items()}


def standings_of(sources: Iterable[Resolved]) -> frozenset[Standing]:
    """The standings of the figures used."""
    return frozenset(source.standing for source in sources)


def _read_one(field: Field, value: object) -> Any:
    try:
        return field.kind.read(value)
    except Refusal as refusal:
        refusal.detail = f"输入项 {field.name}：{refusal.detail}"
        raise
