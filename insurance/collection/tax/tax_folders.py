"""The folders of the exchange with tax bureau and treasury (税务、国库往来文件夹)."""

from pathlib import Path

from django.conf import settings

NAMES = ("prepared", "inbox", "sent", "outbox", "received", "refused")


def tax_folder(*, name: str) -> Path:
    """A folder of the exchange, as the tax bureau calls it: ``inbox`` is what it reads.

    We write ``prepared``, hand over into ``inbox`` and keep a copy in ``sent``; we take from
    ``outbox``, keep what came as evidence in ``received`` and set aside in ``refused``. All stand
    on one file system: files go from one to another by rename or link.
    """
    if name not in NAMES:
        raise LookupError(f"no folder {name} of the tax bureau")
    folder = Path(settings.VAR_DIR) / "tax" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
