"""``manage.py migrate``: Django's, and the supervision's views made anew (监督视图)."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from backend.privacy.views import put_up, take_down


class Command(migrate.Command):
    """A view forbids to alter the columns it shows: down before, up after."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Leave the views alone where nothing is migrated."""
        using = options["database"]
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        if options["app_label"] or _is_behind(using):
            take_down(using=using)
        super().handle(*args, **options)
        if put_up(using=using) and options["verbosity"]:
            self.stdout.write("监督视图已按字段分类重建。")


def _is_behind(using: str) -> bool:
    executor = MigrationExecutor(connections[using])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
