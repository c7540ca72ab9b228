"""The pages of the policy parameters: every value with its source, and what nobody verified."""

import io
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from backend.kernel.parameters import ParameterTree
from insurance.policy import parameters
from insurance.policy.pages import INDEX, FolderUntitledError, pages

PAGES = pages(tree=parameters.load())
FILES = {
    path.relative_to(parameters.FOLDER): tomllib.loads(path.read_text(encoding="utf-8"))
    for path in parameters.FOLDER.glob("*/*.toml")
}
LABELS = {"published": "已核对原文", "cited": "转引", "unverified": "未核实", "demo": "演示"}


def tree(folder: Path, place: str, text: str) -> ParameterTree:
    path = folder / place
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return ParameterTree.load(folder)


def section(page: str, anchor: str) -> list[str]:
    """The lines of one parameter."""
    return PAGES[page].split(f'<a id="{anchor}"></a>')[1].split("<a id=")[0].splitlines()


def write(folder: Path, *options: str) -> str:
    said = io.StringIO()
    call_command("describe_policy", "--folder", str(folder), *options, stdout=said)
    return said.getvalue()


def test_every_folder_has_a_page_and_every_parameter_its_place() -> None:
    folders = {path.parts[0] for path in FILES}

    assert set(PAGES) == {INDEX, *(f"{folder}.md" for folder in folders)}
    for path, content in FILES.items():
        lines = section(f"{path.parts[0]}.md", path.stem)
        assert f"## {content['name']}" in lines


def test_every_value_stands_in_its_table_with_its_source() -> None:
    for path, content in FILES.items():
        lines = section(f"{path.parts[0]}.md", path.stem)
        for row in content.get("value", []):
            given = {**content, **row}
            label = LABELS[given.get("standing", "unverified")]
            facts = [given.get("document", ""), given.get("article", ""), f"| {label} |"]
            period = f"| {given['from']} "
            assert any(line.startswith(period) and all(f in line for f in facts) for line in lines)


def test_a_value_shows_period_region_figure_document_issue_date_and_standing() -> None:
    cells = [line.strip("| ").split(" | ") for line in section("pension.md", "award_base")]

    (of_2025,) = [row for row in cells if row[0] == "2025-01-01 至 2025-12-31"]
    assert of_2025[1:4] == ["安徽省340000", "7999", "皖人社秘〔2025〕153号"]
    assert of_2025[5:7] == ["2025-09-17", "转引"]


def test_a_value_of_many_parts_has_a_table_of_its_own() -> None:
    lines = section("retirement.md", "delay")

    assert "| `M60` `base_years` | 60 |" in lines
    assert "| `F50` `max_months` | 60 |" in lines


def test_the_index_lists_all_that_nobody_held_against_its_source() -> None:
    index = PAGES[INDEX]

    for label in ("转引", "未核实", "演示"):
        listed = index.split(f"## {label}\n")[1].split("\n## ")[0]
        rows = [
            f"{path.parts[0]}.{path.stem}"
            for path, content in FILES.items()
            for row in content.get("value", [])
            if LABELS[{**content, **row}.get("standing", "unverified")] == label
        ]
        assert sorted(line.split("`")[1] for line in listed.splitlines() if "`" in line[:4]) == (
            sorted(rows)
        )


def test_the_index_counts_values_by_standing() -> None:
    values = [{**c, **row} for c in FILES.values() for row in c.get("value", [])]
    standings = [row.get("standing", "unverified") for row in values]
    empty = sum("value" not in content for content in FILES.values())

    counts = [len(FILES), len(values), *map(standings.count, LABELS), empty]

    assert f"| 合计 | {' | '.join(map(str, counts))} |" in PAGES[INDEX].splitlines()


def test_a_parameter_without_a_value_is_said_to_be_not_configured() -> None:
    assert "没有数值（未配置）。" in section("medical.md", "employee_inpatient")
    assert "`medical.employee_inpatient`" in PAGES[INDEX].split("## 未配置")[1]


def test_the_order_in_which_files_were_read_does_not_matter() -> None:
    shipped = parameters.load()
    backwards = dict(sorted(shipped.parameters.items(), reverse=True))

    assert pages(tree=replace(shipped, parameters=backwards)) == PAGES


def test_what_would_break_a_table_is_escaped(tmp_path: Path) -> None:
    text = 'name = "线"\n[[value]]\nfrom = 2020-01-01\nvalue = 1\nnote = "甲|乙\\n丙"\n'

    made = pages(tree=tree(tmp_path, "wages/line.toml", text))

    assert "甲\\|乙 丙 |" in made["wages.md"]


def test_a_folder_without_a_chinese_title_is_our_mistake(tmp_path: Path) -> None:
    with pytest.raises(FolderUntitledError, match="unheard"):
        pages(tree=tree(tmp_path, "unheard/of.toml", 'name = "无"\n'))


def test_the_pages_in_the_repository_are_what_the_command_writes() -> None:
    call_command("describe_policy", "--check")


def test_pages_are_written_once_and_then_agree(tmp_path: Path) -> None:
    folder = tmp_path / "policy"

    assert f"改动 {len(PAGES)} 页" in write(folder)
    assert "改动 0 页" in write(folder)

    assert write(folder, "--check") == ""


@pytest.mark.parametrize("name", ["pension.md", "left_over.md"])
def test_a_page_that_differs_or_is_too_many_fails_the_check_until_written(
    name: str, tmp_path: Path
) -> None:
    write(tmp_path)
    (tmp_path / name).write_text("改过", encoding="utf-8")

    with pytest.raises(CommandError, match=name) as failed:
        write(tmp_path, "--check")

    assert failed.value.returncode == 1
    write(tmp_path)
    assert {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()} == PAGES


def test_a_missing_page_fails_the_check(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / INDEX).unlink()

    with pytest.raises(CommandError, match=INDEX):
        write(tmp_path, "--check")


def test_the_index_tells_what_becomes_of_a_figure_nobody_verified_or_configured() -> None:
    unverified, empty = PAGES[INDEX].split("## 未核实")[1], PAGES[INDEX].split("## 未配置")[1]

    assert "逐人暂缓发放" in unverified.split("##")[0]
    assert "没有核对" in empty
