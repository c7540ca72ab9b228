"""Ask for an export, write it, hand it over once (导出): each step on record."""

import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from backend.access.looked import look_at_all
from backend.access.models import Staff
from backend.access.scoped import told_of
from backend.audit.record import record
from backend.exports.forms import ExportedForm, FormAsked, exported_forms, writer_of
from backend.exports.lists import ExportedList, exported_lists
from backend.exports.models import Export, HandOver, Outcome
from backend.exports.pages import pages
from backend.exports.sheet import write_sheet
from backend.jobs.queue import enqueue
from backend.kernel.errors import Refusal
from backend.web.lookups import named_by, seen
from backend.web.policy import allowed_roles
from backend.web.scope import looking_as
from backend.web.source import current_source

PART = ".part"  # until it is whole
JOB, SUBJECT = "exports.write", "exports.export"
KEPT = timedelta(days=3)
A_DAY = timedelta(days=1)
EXPORTS_A_DAY, ROWS_A_DAY = 20, 3_000_000
PURPOSE_MIN, PURPOSE_MAX = 2, 100


class NotExported(Refusal):
    """This list is not exported, or not by this role (不能导出这份清单)."""

    code = "export_not_permitted"
    status = 403


class TooManyExports(Refusal):
    """Somebody took out enough for a day (当天导出过多)."""

    code = "export_too_many"
    status = 429


class TooManyRows(Refusal):
    """The list is longer than is let out at once (行数超过上限)."""

    code = "export_too_long"


class NotReady(Refusal):
    """The file is not written yet, or was refused (文件还没有生成)."""

    code = "export_not_ready"
    status = 409


class Gone(Refusal):
    """The file was fetched, or its days are over (文件已领取或已过期)."""

    code = "export_gone"
    status = 410


@transaction.atomic
def ask(
    *, staff: Staff, route: str, filters: Mapping[str, str], purpose: str, now: datetime
) -> Export:
    """Ask for a list; a job writes it.

    Raises:
        NotExported, TooManyExports.
    """
    wanted = _permitted(route, staff, now)
    _require_room(staff, now)
    export = Export.objects.create(
        staff=staff,
        route=route,
        filters=dict(filters),
        purpose=purpose,
        rows_max=wanted.rows_max,
        asked_at=now,
        until=now + KEPT,
    )
    _record("exports.asked", export, route=route, filters=dict(filters), purpose=purpose)
    enqueue(kind=JOB, key=f"export/{export.pk}", arguments={"export": export.pk})
    return export


def write(*, export_id: int) -> Outcome:
    """Write the file of an export, or put down why not; both once."""
    export = Export.objects.select_related("staff").get(pk=export_id)
    before = Outcome.objects.filter(pk=export_id).first()
    if before is not None:
        return before
    try:
        with transaction.atomic():
            wanted = _permitted(export.route, export.staff, timezone.now())
            rows, size, sha256 = _write_file(export, wanted)
    except Refusal as refusal:
        file_of(export).with_suffix(PART).unlink(missing_ok=True)
        _record("exports.refused", export, code=refusal.code)
        return Outcome.objects.create(export=export, code=refusal.code, detail=refusal.detail[:300])
    _record("exports.written", export, rows=rows, sha256=sha256)
    return Outcome.objects.create(export=export, rows=rows, size=size, sha256=sha256)


@transaction.atomic
def hand_over(*, export: Export, now: datetime) -> IO[bytes]:
    """Give the file to whoever asked for it and still may, opened, and nowhere any more.

    Raises:
        NotExported, NotReady, Gone.
    """
    _permitted(export.route, export.staff, now)
    outcome = Outcome.objects.filter(pk=export.pk).first()
    if outcome is None or outcome.code:
        raise NotReady(outcome.detail if outcome else "文件正在生成，请稍后再来领取。")
    _, first = HandOver.objects.get_or_create(
        export=export, defaults={"at": now, "place": current_source()[:80]}
    )
    path = file_of(export)
    if not first or now >= export.until or not path.exists():
        raise Gone("文件已被领取或已过保留期，请重新申请导出。")
    opened = path.open("rb")
    _record("exports.fetched", export, sha256=outcome.sha256)
    transaction.on_commit(path.unlink)
    return opened


def forget(*, now: datetime) -> int:
    """Remove files whose days are over, each on record; how many."""
    over = Export.objects.filter(until__lte=now, outcome__code="", handover=None)
    left = [export for export in over if file_of(export).exists()]
    for export in left:
        _record("exports.expired", export)
        file_of(export).unlink()
    return len(left)


def file_of(export: Export) -> Path:
    """Where the file lies until it is fetched."""
    form = exported_forms().get(export.route)
    suffix = form.suffix if form else ".csv"
    return Path(settings.VAR_DIR) / "exports" / f"{export.pk}{suffix}"


def _permitted(route: str, staff: Staff, now: datetime) -> ExportedList | ExportedForm:
    """What may be seen may be exported, if it is listed, and a form by who works with it; looked at
    again when it is written and when it is fetched."""
    form = exported_forms().get(route)
    wanted = form or exported_lists().get(route)
    allowed = form.roles if form else allowed_roles(route=route, method="GET")
    roles = staff.roles_on(day=timezone.localdate(now)) if staff.is_active else frozenset()
    if wanted is None or not roles & allowed:
        raise NotExported("这份清单不能导出，或者您的岗位不能查看。")
    return wanted


def _require_room(staff: Staff, now: datetime) -> None:
    today = Export.objects.filter(staff=staff, asked_at__gt=now - A_DAY)
    rows = today.aggregate(rows=Sum("outcome__rows"))["rows"] or 0
    if today.count() >= EXPORTS_A_DAY or rows >= ROWS_A_DAY:
        raise TooManyExports(
            f"24 小时内最多导出 {EXPORTS_A_DAY} 份、{ROWS_A_DAY} 行，请明天再导出。",
            wait=int(A_DAY.total_seconds()),
        )


def _write_file(export: Export, wanted: ExportedList | ExportedForm) -> tuple[int, int, str]:
    path = file_of(export)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_suffix(PART)
    with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as to:
        if isinstance(wanted, ExportedForm):
            count = _write_form(export, wanted, to)
        else:
            count = _write_list(export, wanted, to)
        to.flush()
        os.fsync(to.fileno())
    with part.open("rb") as written:
        sha256 = hashlib.file_digest(written, "sha256").hexdigest()
    part.rename(path)
    return count, path.stat().st_size, sha256


def _write_list(export: Export, wanted: ExportedList, to: IO[bytes]) -> int:
    at = _asked_at(export)
    head = [
        f"{wanted.label}清单，导出编号 {export.pk}，{export.staff.username} 于 {at} 导出。",
        f"用途：{export.purpose}。筛选条件：{_words(export.filters)}。",
        "姓名、号码已脱敏；仅限上述用途，用毕销毁，不得转发。",
    ]
    sheet = io.TextIOWrapper(to, encoding="utf-8", newline="", write_through=True)
    try:
        count = write_sheet(
            to=sheet,
            head=head,
            columns=wanted.columns,
            rows=_rows(export),
            marks=(str(export.pk), export.staff.username, at),
        )
    finally:
        sheet.detach()
    look_at_all(
        staff=export.staff,
        party_ids=_named(export),
        purpose=export.purpose,
        at=f"{wanted.label}清单，导出编号 {export.pk}",
    )
    return count


def _write_form(export: Export, wanted: ExportedForm, to: IO[bytes]) -> int:
    """In full, by whoever knows the form, of what the asker may see; it says on each page whose it
    is."""
    mark = (
        f"导出编号 {export.pk}，{export.staff.username} 于 {_asked_at(export)} 导出，"
        f"用途：{export.purpose}；仅限上述用途，用毕销毁，不得转发。"
    )
    numbers = {name: int(export.filters[name]) for name in wanted.filters}
    asked = FormAsked(export.staff, numbers, export.purpose, mark, export.pk)
    with looking_as(told=told_of(staff=export.staff, day=timezone.localdate())):
        count = writer_of(wanted.route)(to=to, asked=asked)
    if count > export.rows_max:
        raise TooManyRows(f"表中超过 {export.rows_max} 人。")
    return count


def _asked_at(export: Export) -> str:
    return timezone.localtime(export.asked_at).strftime("%Y-%m-%d %H:%M")


def _rows(export: Export) -> Iterator[Mapping[str, Any]]:
    count = 0
    for page in pages(route=export.route, filters=export.filters, staff=export.staff):
        count += len(page)
        if count > export.rows_max:
            raise TooManyRows(f"清单超过 {export.rows_max} 行，请缩小范围后重新申请。")
        yield from page


def _named(export: Export) -> frozenset[int]:
    """Whom the filters name."""
    if export.route not in seen():
        return frozenset()
    return named_by(route=export.route, told=export.filters)


def _words(filters: Mapping[str, str]) -> str:
    return "，".join(f"{name}={value}" for name, value in sorted(filters.items())) or "无"


def _record(name: str, export: Export, *, rows: int = 0, **details: Any) -> None:
    record(
        name=name,
        subject_kind=SUBJECT,
        subject_id=str(export.pk),
        rows=rows,
        staff_id=export.staff_id,
        person_id=export.staff.person_id,
        details=details,
    )
