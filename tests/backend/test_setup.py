"""What the set-up promises to every developer, test and clerk's machine."""

import os
import shutil
import socket
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from backend import cluster
from tests.conftest import OwnDatabase

TOOLS = ["cat", "dirname", "flock", "mkdir", "printf", "python3", "rm", "sh", "sha256sum"]


@pytest.mark.django_db
def test_a_test_runs_as_the_application_role_in_a_demo_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, kind FROM deployment")

        assert cursor.fetchone() == ("yikatong_app", "DEMO")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["yikatong_app", "yikatong_desk"])
def test_what_the_framework_keeps_for_itself_the_application_only_reads(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace "
            "AND c.relkind = 'r' AND (c.relname LIKE 'django\\_%%' OR c.relname LIKE 'auth\\_%%') "
            "AND has_table_privilege(%s, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')",
            [role],
        )
        assert cursor.fetchall() == []


def test_a_test_has_no_network() -> None:
    with socket.socket() as client, pytest.raises(PermissionError):
        client.connect(("192.0.2.1", 80))


def test_an_own_database_keeps_what_is_committed(own_database: OwnDatabase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO payments_bankserial (bank, last) VALUES ('XX', 0)")
    connection.close()

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database() FROM payments_bankserial WHERE bank = 'XX'")
        assert cursor.fetchone() == (own_database.name,)


def test_migrations_depend_downwards_like_imports() -> None:
    contracts = tomllib.loads((cluster.CHECKOUT / "pyproject.toml").read_text())
    layers = contracts["tool"]["importlinter"]["contracts"][0]["layers"]
    floor = {
        part.strip("() "): number
        for number, layer in enumerate(layers)
        for part in layer.split("|")
    }
    loader = MigrationLoader(None)

    upwards = [
        (key, needed)
        for key, migration in loader.disk_migrations.items()
        for needed in migration.dependencies
        if _floor_of(loader, floor, key[0]) > _floor_of(loader, floor, needed[0])
    ]

    assert upwards == []


def _floor_of(loader: MigrationLoader, floor: dict[str, int], label: str) -> int:
    """The layer of an app; of a part (payments.ledger) that of the whole; libraries lie below."""
    if label == "__setting__":  # AUTH_USER_MODEL
        label = "access"
    name = apps.get_app_config(label).name
    return floor.get(name, floor.get(name.rpartition(".")[0], len(floor)))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Only the commands and the lock files: nothing is set up."""
    shutil.copytree(cluster.CHECKOUT / "bin", tmp_path / "bin")
    for lock in cluster.CHECKOUT.glob("requirements*.txt"):
        shutil.copy(lock, tmp_path)
    return tmp_path


def _run(checkout: Path, *command: str, path: str = os.environ["PATH"]) -> tuple[int, str]:
    done = subprocess.run(
        [str(checkout / command[0]), *command[1:]],
        env={"PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "wrong", [["--people", "0"], ["--people", "many"], ["--bank", "nice"], ["--people"], ["city"]]
)
def test_run_refuses_a_wrong_option(checkout: Path, wrong: list[str]) -> None:
    code, told = _run(checkout, "bin/run", *wrong)

    assert code == 2
    assert "--people" in told or "--bank" in told


def test_run_refuses_another_size_than_the_existing_city_has(checkout: Path) -> None:
    (checkout / "var").mkdir()
    (checkout / "var/city.stamp").write_text("10000 1\n")

    code, told = _run(checkout, "bin/run", "--people", "20000")

    assert code == 2
    assert "现有的演示城是 10000 人" in told
    assert "--fresh" in told


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A machine of somebody who is not root and lacks packages."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool) or "/missing")
    for name, body in {"id": "echo 1000", "apt-get": "exit 1"}.items():
        _tool(folder, name, body)
    return folder


def _tool(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def test_without_root_the_missing_packages_are_one_line_to_type(
    checkout: Path, tools: Path
) -> None:
    code, told = _run(checkout, "bin/test", path=str(tools))

    assert code == 2
    assert "apt-get install -y --no-install-recommends gcc" in told.splitlines()[-1]


@pytest.mark.parametrize("command", ["bin/run", "bin/test"])
def test_a_sudo_that_asks_for_a_password_is_never_waited_for(
    checkout: Path, tools: Path, command: str
) -> None:
    asked = tools / "asked"
    refuses = 'if [ "$1" = -n ]; then echo "a password is required" >&2; exit 1; fi'
    _tool(tools, "sudo", f"{refuses}\n: >{asked}\nread -r _")

    code, told = _run(checkout, command, path=str(tools))

    assert code == 2
    assert told.splitlines()[-1].startswith("sudo sh -c 'apt-get update && apt-get install -y ")
    assert "password" not in told
    assert not asked.exists()


def test_a_sudo_that_may_do_some_things_only_ends_with_the_line_to_type(
    checkout: Path, tools: Path
) -> None:
    """``sudo -n true`` goes, and what is needed does not."""
    _tool(tools, "sudo", '[ "$*" = "-n true" ]')

    code, told = _run(checkout, "bin/test", path=str(tools))

    assert code == 2
    assert "sudo sh -c 'apt-get update && apt-get install -y" in told.splitlines()[-1]


def test_without_sudo_the_line_is_one_for_su(checkout: Path, tools: Path) -> None:
    code, told = _run(checkout, "bin/test", path=str(tools))

    assert code == 2
    assert told.splitlines()[-1].startswith("su -c 'apt-get update && apt-get install -y ")


@pytest.fixture
def pages(checkout: Path, tools: Path) -> Path:
    """Pages whose build is as new as their sources, on a machine without Node."""
    for tool in ("find", "sort", "xargs", "grep"):
        (tools / tool).symlink_to(shutil.which(tool) or "/missing")
    (checkout / "terminals/web").mkdir(parents=True)
    (checkout / "terminals/web/index.html").write_text("<!doctype html>")
    (checkout / "var").mkdir()
    digest = _sourced(checkout, tools, "web_digest").stdout
    (checkout / "var/web.stamp").write_text(digest)
    return checkout


def _sourced(checkout: Path, tools: Path, call: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-euc", f". bin/setup.sh; {call}"],
        cwd=checkout, env={"PATH": str(tools)}, capture_output=True, text=True,
    )  # fmt: skip


def test_pages_that_are_built_need_neither_node_nor_a_registry(pages: Path, tools: Path) -> None:
    assert _sourced(pages, tools, "setup_web run").returncode == 0


def test_pages_whose_sources_changed_are_built_anew(pages: Path, tools: Path) -> None:
    (pages / "terminals/web/index.html").write_text("<!doctype html><title>一卡通</title>")

    done = _sourced(pages, tools, "setup_web run")

    assert done.returncode != 0
    assert "正在安装 Node.js" in done.stderr
