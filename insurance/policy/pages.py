"""The policy parameters as pages to read (政策参数目录): every value and its source. Pure.

One page per folder of ``insurance/policy/data``, and an index that counts by standing and lists
what was not held against its source.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from backend.kernel.dated import DatedFile, DatedRow, Standing, Value
from backend.kernel.months import DateRange
from backend.kernel.parameters import ParameterTree
from insurance.policy.regions import region_said

INDEX = "README.md"
BY_COMMAND = "由 `manage.py describe_policy` 按 `insurance/policy/data` 写成，不要手工修改。"
SEE_TABLE = "见表"
LISTED = {
    Standing.CITED: "文件有名，数字是第二手的，或凭记忆而把握较大。正式库里可以使用。",
    Standing.UNVERIFIED: "没有核对过来源。正式库里，职工和居民养老金、失业保险金的核定照常计算，"
    "结果标为未核实，逐人暂缓发放，直到核实（ADR 0013）；其他用到它的业务拒绝办理（未核实）。",
    Standing.DEMO: "编造的数，只在演示库里顶替空缺，用到的地方标明“演示”。",
}
EMPTY = (
    "没有数值的参数，不当作零。据以计算的拒绝办理（未配置）；只用来核对的（失业保险金的"
    "最低生活保障标准、退休人员的医保年限），核定表写明未配置、没有核对。"
)
TITLES = {
    "accounts": "个人账户",
    "benefits": "待遇发放",
    "codes": "代码表",
    "collection": "征缴",
    "enrolment": "参保登记",
    "medical": "医疗保险",
    "pension": "企业职工基本养老保险",
    "resident_pension": "城乡居民基本养老保险",
    "retirement": "退休年龄",
    "service": "办理期限",
    "survivor": "遗属待遇",
    "transfer": "关系转移接续",
    "unemployment": "失业保险",
    "wages": "最低工资标准",
}


class FolderUntitledError(Exception):
    """A folder of parameters has no Chinese title in ``TITLES`` yet."""


@dataclass(frozen=True)
class Parameter:
    """A parameter and where it stands."""

    key: str
    file: DatedFile

    @property
    def folder(self) -> str:
        """Its folder, which is also its page."""
        return self.key.split(".")[0]

    @property
    def rows(self) -> tuple[DatedRow, ...]:
        """Its values, as the file orders them."""
        return self.file.rows.get("value", ())


def pages(*, tree: ParameterTree) -> dict[str, str]:
    """Give every page by its file name.

    Raises:
        FolderUntitledError: naming the folder.
    """
    parameters = [Parameter(key, file) for key, file in sorted(tree.parameters.items())]
    folders = {
        folder: tuple(group) for folder, group in groupby(parameters, lambda one: one.folder)
    }
    if untitled := sorted(set(folders) - set(TITLES)):
        raise FolderUntitledError(f"TITLES 中没有 {'、'.join(untitled)} 的中文名称。")
    written = {f"{folder}.md": _page(folder, group) for folder, group in folders.items()}
    return {INDEX: _index(folders), **written}


def _page(folder: str, parameters: Iterable[Parameter]) -> str:
    lines = [f"# {TITLES[folder]}", "", BY_COMMAND, f"[全部目录]({INDEX})"]
    for parameter in parameters:
        lines += ["", *_parameter(parameter)]
    return "\n".join(lines) + "\n"


def _parameter(parameter: Parameter) -> Iterator[str]:
    file = parameter.file
    unit = file.fields.get("unit")
    yield f'<a id="{parameter.key.split(".")[1]}"></a>'
    yield f"## {file.name}"
    yield ""
    yield f"`{parameter.key}`" + (f"，单位：{unit}" if unit else "") + "。" + _cell(file.note)
    yield ""
    if not parameter.rows:
        yield "没有数值（未配置）。"
        return
    heads = ("起止", "地区", "数值", "文件", "条款", "发文日期", "数值来源", "说明")
    yield from _table(heads, (_row(row, file) for row in parameter.rows))
    for row in parameter.rows:
        yield from _value_table(row)


def _row(row: DatedRow, file: DatedFile) -> tuple[str, ...]:
    return (
        _period(row.valid),
        region_said(region=row.region),
        _short(row.fields["value"]),
        row.document,
        row.article,
        row.issued.isoformat() if row.issued else "",
        row.standing.label,
        "" if row.note == file.note else row.note,
    )


def _value_table(row: DatedRow) -> Iterator[str]:
    """A value of many parts, by itself under the table of values."""
    value = row.fields["value"]
    if _short(value) != SEE_TABLE:
        return
    yield from ("", f"{_period(row.valid)}，{region_said(region=row.region)}：", "")
    yield from _table(("项目", "数值"), _parts(value, ()))


def _index(folders: Mapping[str, tuple[Parameter, ...]]) -> str:
    everything = [parameter for group in folders.values() for parameter in group]
    lines = ["# 政策参数目录", "", BY_COMMAND, "", *_counts(folders)]
    for standing, meaning in LISTED.items():
        lines += ["", f"## {standing.label}", "", meaning, ""]
        heads = ("参数", "名称", "起止", "地区", "数值", "文件")
        lines += _table(heads, _of_standing(everything, standing))
    lines += ["", "## 未配置", "", EMPTY, ""]
    empty = ((_link(one), one.file.name, one.file.note) for one in everything if not one.rows)
    return "\n".join([*lines, *_table(("参数", "名称", "说明"), empty)]) + "\n"


def _counts(folders: Mapping[str, tuple[Parameter, ...]]) -> Iterator[str]:
    heads = ("目录", "参数", "数值", *(standing.label for standing in Standing), "未配置")
    numbers = {folder: _numbers(group) for folder, group in folders.items()}
    rows = [(f"[{TITLES[folder]}]({folder}.md)", *found) for folder, found in numbers.items()]
    total = ("合计", *(sum(column) for column in zip(*numbers.values(), strict=True)))
    return _table(heads, ([str(cell) for cell in row] for row in [*rows, total]))


def _numbers(parameters: tuple[Parameter, ...]) -> tuple[int, ...]:
    standings = Counter(row.standing for one in parameters for row in one.rows)
    empty = sum(not one.rows for one in parameters)
    by_standing = (standings[standing] for standing in Standing)
    return (len(parameters), standings.total(), *by_standing, empty)


def _of_standing(parameters: Iterable[Parameter], standing: Standing) -> Iterator[tuple[str, ...]]:
    for one in parameters:
        for row in one.rows:
            if row.standing is standing:
                period, region, value, document, *_ = _row(row, one.file)
                yield _link(one), one.file.name, period, region, value, document


def _link(parameter: Parameter) -> str:
    return f"[`{parameter.key}`]({parameter.folder}.md#{parameter.key.split('.')[1]})"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    names = tuple(heads)
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _period(valid: DateRange) -> str:
    if valid.end is None:
        return f"{valid.start} 起"
    return f"{valid.start} 至 {valid.end - timedelta(days=1)}"


def _short(value: Value) -> str:
    """A value in a few words."""
    match value:
        case bool():
            return "是" if value else "否"
        case str():
            return f"`{value}`" if value.isascii() else value
        case date():
            return value.isoformat()
        case tuple() if not any(isinstance(item, Mapping | tuple) for item in value):
            return "、".join(map(_short, value))
        case tuple() | Mapping():
            return SEE_TABLE
        case Decimal():
            return f"{value:f}"
    return str(value)


def _parts(value: Value, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What a value is made of, each with the path to it."""
    if _short(value) != SEE_TABLE:
        yield " ".join(path), _short(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _parts(item, (*path, key if key.isdigit() else f"`{key}`"))
    elif isinstance(value, tuple):
        for place, item in enumerate(value, start=1):
            yield from _parts(item, (*path, f"第{place}项"))
