"""What lay with a case when it was signed (签名所见的材料).

It stands under the signature: a scan that is swapped, put in or taken away afterwards shows.

Written as the number of the last material and the digest of all that counted up to it: what is
added later, as a proof of delivery, changes nothing of what was signed. "0": there was none.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from backend.cases.canonical import digest_of
from backend.cases.materials.models import Material

NONE = "0"


def materials_of(*, case_ids: Collection[int]) -> Mapping[int, Sequence[Material]]:
    """Give the materials of each case, in their order."""
    found: dict[int, list[Material]] = defaultdict(list)
    for material in Material.objects.filter(case__in=case_ids).order_by("pk"):
        found[material.case_id].append(material)
    return found


def seen(*, materials: Sequence[Material]) -> str:
    """Write down what lies there now."""
    return _up_to(materials, materials[-1].pk) if materials else NONE


def is_as_seen(*, materials: Sequence[Material], told: str) -> bool:
    """Whether what was signed for lies there still, as it was; nothing told: before it was so."""
    if not told:
        return True
    last, _, _ = told.partition(":")
    return _up_to([one for one in materials if one.pk <= int(last)], int(last)) == told


def _up_to(materials: Sequence[Material], last: int) -> str:
    if not materials:
        return NONE
    replaced = {one.replaces_id for one in materials}
    counting = [
        [one.pk, one.title, one.form, one.sha256] for one in materials if one.pk not in replaced
    ]
    return f"{last}:{digest_of(counting)}"
