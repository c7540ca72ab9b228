"""Merge two entries of one party (人员合并): an alias row; nothing is moved, nothing is lost."""

from django.db import connection

from backend.access.models import Staff
from backend.kernel.errors import Refusal
from backend.people.models import CURRENT, Alias, Death, Party
from backend.people.supersede import DecidedCase


class MergeImpossible(Refusal):
    """These two entries can not be merged (不能合并)."""

    code = "merge_impossible"


def check(case: DecidedCase) -> int:
    """At its receipt the party of a MERGE case can live on as ``survivor_id`` of its content;
    writes nothing.

    Raises:
        MergeImpossible: for unlike parties, for one that is merged already, for two persons who
            both have an account of staff (one of them is closed first), and where a death is known
            only of the entry that goes: payments look at the one that stays.
    """
    _survivor_id(case)
    return 0


def merge(case: DecidedCase) -> int:
    """Let the case's party live on as ``survivor_id`` of its content; give the rows written.

    Raises:
        as ``check``.
    """
    _one_at_a_time()
    Alias.objects.create(party_id=case.party_id, survivor_id=_survivor_id(case), case_id=case.pk)
    return 1


def _survivor_id(case: DecidedCase) -> int:
    survivor_id = case.content.get("survivor_id")
    if type(survivor_id) is not int:
        raise MergeImpossible("合并申请没有写明保留哪一个当事人。", case_id=case.pk)
    wanted = [case.party_id, survivor_id]
    kinds = dict(Party.objects.filter(pk__in=wanted).values_list("pk", "kind"))
    if len(kinds) != 2 or len(set(kinds.values())) != 1:
        raise MergeImpossible("只能合并两个同类的当事人。", case_id=case.pk)
    _refuse_chain(case.party_id, survivor_id)
    if Staff.objects.filter(person_id__in=kinds, is_active=True).count() == len(kinds):
        raise MergeImpossible("两人都有启用的工作人员账号，请先停用其中一个。", case_id=case.pk)
    _refuse_lost_death(case.party_id, survivor_id)
    return survivor_id


def _one_at_a_time() -> None:
    """Two merges at once could make a chain that neither of them sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('people.merge'))")


def _refuse_lost_death(merged_id: int, survivor_id: int) -> None:
    dead = set(
        Death.objects.filter(CURRENT, person__in=[merged_id, survivor_id]).values_list(
            "person", flat=True
        )
    )
    if merged_id in dead and survivor_id not in dead:
        raise MergeImpossible("被合并的一方有死亡信息，请先登记到保留的一方，再合并。")


def _refuse_chain(merged_id: int, survivor_id: int) -> None:
    if Alias.objects.filter(party__in=[merged_id, survivor_id]).exists():
        raise MergeImpossible("其中一人已被合并，请改为合并到最终保留的人。")
    if Alias.objects.filter(survivor=merged_id).exists():
        raise MergeImpossible("已有他人合并到此人，请保留此人，合并另一人。")
