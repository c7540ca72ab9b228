"""Report to a person what is held about him, asked for at the desk (出具个人信息报告)."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from backend.access.models import Staff
from backend.audit.models import Act
from backend.cases import kinds
from backend.cases.models import Archived, Case, CaseState, Material
from backend.deployment import is_demo
from backend.kernel.identity import IdKind, Sex
from backend.people import queries
from backend.people.look import looks_of_service, spoken_place
from backend.people.models import Dated, Person
from backend.privacy.classes import FieldClass, Source, fields
from backend.privacy.holdings import Holding, holdings
from backend.privacy.masks import masked
from backend.web.scope import whole_city
from insurance.issuing.issue import UNNUMBERED, Filing, Out, put_out
from insurance.issuing.issued import marks_of
from insurance.issuing.models import PaperKind
from insurance.issuing.office import office_on
from insurance.issuing.person_report import (
    Fact,
    Held,
    HeldFor,
    Looked,
    Matter,
    PersonReport,
    person_report,
)
from insurance.policy.nations import nation_said
from insurance.policy.regions import region_said
from payments.models import PayeeAccount


@transaction.atomic
def print_report(*, person: Person, purpose: str, by: Staff) -> Out:
    """Put on paper all that is told; also of the entries that were merged into this one.

    Raises:
        PurposeInvalid, OfficeNotConfigured; what printing refuses: then no number is used.
    """
    today = timezone.localdate()
    names = queries.sights(party_ids={by.person_id}, on=today)
    with whole_city():  # he is told what all agencies hold about him
        report = _report(person, purpose.strip(), today)
    paper = person_report(
        report=report,
        number=UNNUMBERED,
        agency=office_on(agency=by.agency, day=today).agency,
        on=today,
        clerk=names[by.person_id].name,
        marks=marks_of(standings=(), demo=is_demo(), interim=False),
    )
    filing = Filing(PaperKind.PERSON_REPORT, by.agency, person.pk)
    return put_out(paper=paper, filing=filing, purpose=purpose, by=by)


def _report(person: Person, purpose: str, on: date) -> PersonReport:
    family = queries.family_of(party_id=person.pk)
    sight = queries.sights(party_ids={person.pk}, on=on)[person.pk]
    return PersonReport(
        name=sight.name,
        id_number=sight.number,
        particulars=_particulars(person, on),
        facts=tuple(_facts(family)),
        accounts=tuple(_accounts(family)),
        groups=tuple(_groups(holdings(party_ids=family))),
        matters=tuple(_matters(family)),
        looks=tuple(_looks(looks_of_service(party_id=person.pk))),
        rights=fields().sources["RIGHTS"].spoken,
        purpose=purpose,
    )


def _particulars(person: Person, on: date) -> tuple[tuple[str, str], ...]:
    village = person.village_id
    where = queries.sights(party_ids={village}, on=on)[village].name if village else ""
    return (
        ("出生日期", person.birth_date.isoformat()),
        ("性别", Sex(person.sex).label),
        ("民族", nation_said(nation=person.nation)),
        ("行政区划", region_said(region=person.district)),
        *((("村（社区）", where),) if where else ()),
        ("人员编号", str(person.pk)),
    )


def _facts(family: Sequence[int]) -> Iterable[Fact]:
    for party_id in family:
        for name in queries.name_history(party_id=party_id):
            yield _fact("姓名", name.name, name)
        for number in queries.number_history(party_id=party_id):
            yield _fact(IdKind(number.kind).label, number.number, number)


def _accounts(family: Sequence[int]) -> Iterable[Fact]:
    rows = PayeeAccount.objects.filter(payee__in=family).order_by("recorded_at", "pk")
    for row in rows:
        yield _fact(row.bank, masked(FieldClass.ACCOUNT, row.account_no), row)


def _fact(label: str, value: str, row: Dated) -> Fact:
    recorded_on = timezone.localdate(row.recorded_at)
    shown = value if row.superseded_at is None else f"{value}（已更正）"
    return Fact(label, shown, row.valid.lower, row.valid.upper, recorded_on)


def _groups(found: Iterable[Holding]) -> Iterable[HeldFor]:
    order = list(fields().groups)
    by_group = sorted(found, key=lambda one: order.index(one.table.group))
    for name, held in groupby(by_group, key=lambda one: one.table.group):
        group = fields().groups[name]
        yield HeldFor(
            label=group.label,
            purpose=group.purpose,
            basis=group.basis.spoken,
            keep=_kept(group.retention.keep, group.retention.source),
            held=tuple(Held(one.label, one.told, one.rows, one.since) for one in held),
        )


def _matters(family: Sequence[int]) -> Iterable[Matter]:
    """Every case about him, also one that nobody handed in; names of materials as their class is
    shown in lists."""
    title_class = fields().tables[Material._meta.db_table].columns["title"]
    materials = Material.objects.select_related("replaced_by").order_by("pk")
    cases = Case.objects.filter(party__in=family).select_related("archived__volume")
    found = cases.prefetch_related(Prefetch("materials", materials))
    for case in found.order_by("received_at", "pk"):
        received_on = timezone.localdate(case.received_at)
        yield Matter(
            number=_number(case),
            kind=kinds.kind_of(code=case.kind, on=received_on).label,
            received_on=received_on,
            state=CaseState(case.state).label,
            materials=tuple(
                masked(title_class, one.title) + _replaced(one) for one in case.materials.all()
            ),
        )


def _number(case: Case) -> str:
    archived: Archived | None = getattr(case, "archived", None)
    if archived is None:
        return str(case.pk)
    return f"{case.pk}（{archived.volume.number} 第{archived.place}件）"


def _replaced(material: Material) -> str:
    return "（已替换）" if hasattr(material, "replaced_by") else ""


def _kept(keep: str, source: Source) -> str:
    return f"{keep}（{source.spoken}）"


def _looks(acts: Iterable[Act]) -> Iterable[Looked]:
    found = sorted(acts, key=lambda act: (act.at, act.pk), reverse=True)
    staff = Staff.objects.select_related("agency", "hall").in_bulk({act.staff_id for act in found})
    for act in found:
        member = staff[act.staff_id]
        yield Looked(
            at=timezone.localtime(act.at),
            who=member.username,
            where=f"{member.agency.name}{member.hall.name if member.hall else ''}",
            what=spoken_place(at=act.details["at"]),
            purpose=act.details["purpose"],
        )
