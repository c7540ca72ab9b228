"""``manage.py bench NAME``: speed against the floors, in the same run (测速)."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from backend.city.bench import (
    adjustment,
    api,
    collection,
    interest,
    law,
    recalculation,
    report,
    wages,
)
from backend.city.bench.hands import lend_a_hand
from backend.city.bench.place import BenchBusyError, own_place

BENCHMARKS = {
    topic.BENCHMARK.name: topic.BENCHMARK
    for topic in (report, interest, collection, wages, law, adjustment, recalculation, api)
}
HAND = "hand"  # of a month: the other worker
PARTS = {name: part for one in BENCHMARKS.values() for name, part in one.parts.items()}


class Command(BaseCommand):
    """Measure; or be one of the processes that are measured."""

    help = "测速：每一步与同一次运行中的手写语句和裸下限相比。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options: each benchmark has its own size."""
        about = "；".join(f"{one.name}：{one.about}" for one in BENCHMARKS.values())
        names = "{" + ",".join(BENCHMARKS) + "}"
        parser.add_argument("what", choices=[*BENCHMARKS, *PARTS, HAND], metavar=names, help=about)
        for option in sorted({one.option for one in BENCHMARKS.values()}):
            counted = (one.counted for one in BENCHMARKS.values() if one.option == option)
            parser.add_argument(f"--{option}", type=int, help="；".join(counted))
        for benchmark in BENCHMARKS.values():
            for name, option in benchmark.options.items():
                about = f"{benchmark.name}：{option.counted}"
                parser.add_argument(f"--{name}", type=int, default=option.default, help=about)
        parser.add_argument("--repeat", type=int, default=3, help="重复几轮，取最好")
        parser.add_argument("--growth", action="store_true", help="先后测小和大两种规模")
        parser.add_argument("--city", type=Path, help="（内部使用）演示城市的文件夹")
        parser.add_argument("--out", type=Path, help="（内部使用）结果写到哪里")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the tables, and one line of JSON last."""
        if options["what"] == HAND:
            lend_a_hand()
            return
        if options["what"] in PARTS:
            self._do_part(options)
            return
        asked = BENCHMARKS[options["what"]]
        if options["growth"] and not asked.growth:
            raise CommandError(f"bench {asked.name} 不测增长。")
        sizes = asked.growth if options["growth"] else (options[asked.option] or asked.size,)
        own = {name: options[name] for name in asked.options}
        try:
            with own_place(var=Path(settings.VAR_DIR)) as place:
                lines = list(asked.run(place, sizes, options["repeat"], self._tell, **own))
        except BenchBusyError as busy:
            raise CommandError(str(busy)) from busy
        for line in lines:
            self._tell(line)

    def _do_part(self, options: dict[str, Any]) -> None:
        if not options["city"] or not options["out"]:
            raise CommandError("这一步由测速自己调用。")
        figures = PARTS[options["what"]](options).figures()
        options["out"].write_text(json.dumps(figures), encoding="utf-8")

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
