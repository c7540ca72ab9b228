#!/usr/bin/env python
"""Run a command of Yikatong (一卡通); the private database is started when it is down."""

import os
import sys

from backend import cluster
from backend.server_programs import ClusterError

NEEDS_NO_DATABASE = {
    "", "bench", "calculate", "card", "check", "describe_policy", "diffsettings", "help",
    "makemessages", "makemigrations", "shell_help", "spectacular", "startapp", "version",
    "--help", "-h", "--version",
}  # fmt: skip


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    command = arguments[1] if len(arguments) > 1 else ""
    asks_for_help = "--help" in arguments or "-h" in arguments
    if not (command in NEEDS_NO_DATABASE or asks_for_help or "DATABASE_URL" in os.environ):
        cluster.ensure_started(var=cluster.var_folder())
    # Django is imported late: without it the line above still tells what is missing.
    from django.core.management import execute_from_command_line

    from backend.postgresql.told import tell_what_ends_us

    tell_what_ends_us()
    execute_from_command_line(arguments)


if __name__ == "__main__":
    try:
        main(sys.argv)
    except ClusterError as error:
        sys.exit(str(error))
