"""``manage.py make_head_key``: a new key for the heads of the audit chain, in use from now on."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from backend.audit.head_keys import software_keys


class Command(BaseCommand):
    """Make a key; those before it stay, to verify what they signed."""

    help = "生成新的链头密钥，自现在起启用；原有密钥保留，用于核验以前的链头。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print its id and public part: whoever verifies keeps them elsewhere."""
        made = software_keys().make(since=timezone.now())
        self.stdout.write(f"链头密钥 {made.key}，公钥 {made.public.hex()}，自 {made.since} 启用。")
