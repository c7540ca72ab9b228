"""Take in and give out what people hand in with a case (材料收取、调阅)."""

from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

from django.db import transaction

from backend.access.models import Staff
from backend.audit.record import record
from backend.cases import kinds
from backend.cases.agents.acting import refuse_agent
from backend.cases.decide import CaseNotFound
from backend.cases.materials import folder
from backend.cases.materials.models import Material
from backend.cases.models import Case, CaseState
from backend.cases.receive import OtherBody
from backend.kernel.errors import Refusal
from backend.uploads.document import look_at

TITLE_MIN, TITLE_MAX = 2, 60
MATERIALS_MAX = 200  # of one case


class MaterialInvalid(Refusal):
    """A material is told by its name (材料名称不正确)."""

    code = "material_invalid"


class MaterialsFull(Refusal):
    """A case has no more materials than somebody can look through (材料过多)."""

    code = "materials_full"


class NotReplaceable(Refusal):
    """What is to be replaced is not there, or was replaced, or was decided on (不能替换)."""

    code = "material_not_replaceable"


class MaterialsFrozen(Refusal):
    """What was reviewed and signed lies as it is until it is decided (已审核，材料不能再变)."""

    code = "materials_frozen"
    status = 409


class MaterialAltered(Refusal):
    """The file is gone or is not what was taken in (材料与收取时不符)."""

    code = "material_altered"


def hand_in(
    *, case_id: int, title: str, form: str, path: Path, replaces: int | None, staff: Staff
) -> Material:
    """Keep a scan with its case; what it is, its content says.

    Once the review is signed nothing is added or replaced before the decision: who signed saw it.
    What was decided on is not replaced; more may be added to it, as a proof of delivery.

    Raises:
        DocumentRefused, MaterialInvalid, MaterialsFull, MaterialsFrozen, NotReplaceable,
        CaseNotFound, OtherBody, AgentNotAllowed.
    """
    _case_of(case_id, staff)
    if not TITLE_MIN <= len(title.strip()) <= TITLE_MAX:
        raise MaterialInvalid(f"材料名称应为{TITLE_MIN}至{TITLE_MAX}个字。")
    document, name = look_at(path=path), folder.new_name()
    with transaction.atomic(), ExitStack() as undone:
        case = _case_of(case_id, staff, lock=True)
        _refuse_reviewed(case)
        _require_room(case)
        before = _replaceable(case, replaces)
        undone.callback(folder.forget, name=name)
        with path.open("rb") as source:
            digest = folder.keep(name=name, source=source)
        material = Material.objects.create(
            case=case,
            title=title.strip(),
            form=form,
            content_type=document.content_type,
            pages=document.pages,
            size=path.stat().st_size,
            sha256=digest,
            stored_name=name,
            replaces=before,
            received_by=staff.person_id,
        )
        _record(material, staff)
        undone.pop_all()
    return material


def content_of(*, material: Material) -> bytes:
    """Give the bytes that were taken in, and no others.

    Raises:
        MaterialAltered.
    """
    content = folder.read(name=material.stored_name)
    if content is None or sha256(content).hexdigest() != material.sha256:
        raise MaterialAltered(
            f"材料 {material.pk} 的文件缺失或者与收取时不符，请告知系统管理员。",
            material=material.pk,
        )
    return content


def _case_of(case_id: int, staff: Staff, *, lock: bool = False) -> Case:
    cases = Case.objects.select_for_update(of=("self",)) if lock else Case.objects.all()
    case = cases.filter(pk=case_id).first()
    if case is None:
        raise CaseNotFound(f"没有业务件 {case_id}。", case_id=case_id)
    if case.agency_id != staff.agency_id:
        raise OtherBody(f"业务件 {case_id} 的材料由办理的机构收取。", case_id=case_id)
    refuse_agent(case=case, person_id=staff.person_id)
    return case


def _refuse_reviewed(case: Case) -> None:
    if case.state == CaseState.REVIEWED:
        raise MaterialsFrozen(
            f"业务件 {case.pk} 已审核签名，材料不能再加、再换；材料有误或不全的，"
            "请审批人不予批准退回，补齐后重新受理。",
            case_id=case.pk,
        )


def _require_room(case: Case) -> None:
    if case.materials.count() >= MATERIALS_MAX:
        raise MaterialsFull(f"一个业务件最多 {MATERIALS_MAX} 份材料，请合并后再上传。")


def _replaceable(case: Case, number: int | None) -> Material | None:
    if number is None:
        return None
    before = case.materials.filter(pk=number, replaced_by__isnull=True).first()
    if before is None:
        raise NotReplaceable(f"业务件 {case.pk} 没有可以替换的材料 {number}。", case_id=case.pk)
    if case.decided_at is not None:
        raise NotReplaceable(f"业务件 {case.pk} 已作决定，材料不能替换。", case_id=case.pk)
    return before


def _record(material: Material, staff: Staff) -> None:
    record(
        name="cases.material_received",
        subject_kind=kinds.CASE,
        subject_id=str(material.case_id),
        rows=1,
        staff_id=staff.pk,
        person_id=staff.person_id,
        party_id=material.case.party_id,
        details={"material": material.pk, "replaces": material.replaces_id},
        digest=material.sha256,
    )
