"""The process that seals, once a second (封链进程); a second one waits until the first is gone."""

import time
from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone

from backend.audit.head_keys import software_keys
from backend.audit.heads_file import heads_file
from backend.audit.seal import SEALER, report_trouble, seal_waiting
from backend.audit.standing import standing
from backend.kernel.errors import Refusal

PAUSE_SECONDS = 1.0
log = structlog.get_logger(__name__)


class NoSealerRole(Refusal):
    """This process is not told how to come into the database as the sealer (没有封链角色)."""

    code = "audit_no_sealer_role"


def keep_sealing(*, going_on: Callable[[], bool] = lambda: True) -> None:
    """Seal once a second, for ever; what stops it is told once in the log and to the operators."""
    said = ""
    while going_on():
        trouble = _tried()
        if trouble and trouble != said:
            log.error(trouble)
        said = trouble
        time.sleep(PAUSE_SECONDS)


def seal_now() -> int | None:
    """Seal all that can be seen, in this process; None when another one does.

    Raises:
        NoSealerRole, HeadsDiffer, HeadKeyMissing.
    """
    if SEALER not in connections.databases:
        raise NoSealerRole("本进程没有封链角色的登录方式（DATABASE_SEALER_URL），不能封链。")
    return seal_waiting(now=timezone.now, keys=software_keys(), heads=heads_file())


def seal_when_nobody_does(*, tell: Callable[[str], None]) -> None:
    """Seal here when no sealer runs: a command that works without servers leaves nothing open."""
    stands = standing()
    if stands.waiting and (stands.late or stands.settled_at is None):
        trouble = _tried()
        if trouble:
            tell(trouble)


def _tried() -> str:
    """Seal, or say why not."""
    try:
        try:
            seal_now()
        except NoSealerRole as refusal:
            return refusal.detail
        except Refusal as refusal:
            report_trouble(sentence=refusal.detail)
            return refusal.detail
        except OSError as error:
            sentence = f"链头文件或密钥不能读写：{error.strerror}（{error.filename}）。"
            report_trouble(sentence=sentence)
            return sentence
    except (OperationalError, InterfaceError):
        connections[SEALER].close()  # the database went away; it comes back
        return "数据库没有应答，封链等待。"
    return ""
