"""``manage.py verify_chain``: prove the audit chain, or write it out for strangers."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.audit.export import export
from backend.audit.heads_file import HeadsFile, heads_file
from backend.audit.prove import Proof, prove
from backend.audit.record import record
from payments.ledger.recorded import Vouchers


class Command(BaseCommand):
    """Exit 0 when the chain is whole, or 1 naming the first row that is not."""

    help = (
        "核验审计链：逐条重算操作记录、凭证和签名链头，与库外链头比对。完整时退出码0，"
        "否则说明第一条对不上的记录并以1退出。--export 另把链写成文件，供独立程序核验。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--export", type=Path, metavar="FILE", help="写出到一个新文件")
        parser.add_argument("--heads", type=Path, metavar="FILE", help="另行保存的库外链头文件")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export first when asked to: what is broken is exported as it is."""
        if options["export"]:
            self._export(options["export"])
        heads = HeadsFile(options["heads"]) if options["heads"] else heads_file()
        if options["heads"] and not heads.exists():
            raise CommandError(f"没有文件 {options['heads']}。", returncode=2)
        proof = prove(posted=Vouchers(), heads=heads, copy=bool(options["heads"]))
        if proof.sentences:
            for sentence in proof.sentences:
                self.stdout.write(f"✗ {sentence}")
            sys.exit(1)
        self.stdout.write(f"✓ {_told(proof)}")

    def _export(self, path: Path) -> None:
        try:
            rows = export(path=path, posted=Vouchers())
        except OSError as error:
            raise CommandError(f"不能写出 {path}：{error.strerror}。", returncode=2) from None
        record(name="audit.exported", subject_kind="audit.chain", subject_id=path.name, rows=rows)
        self.stdout.write(f"已写出 {rows} 条到 {path}。")


def _told(proof: Proof) -> str:
    """Say what was proved, and what was not."""
    told = f"审计链完整：{proof.rows} 条记录，{proof.blocks} 块，全部签名有效。"
    if proof.waiting:
        told += f"另有 {proof.waiting} 条尚未封链。"
    for key in proof.unknown_keys:
        told += f"密钥 {key} 库外没有登记，它所签的块也没有库外链头：须与另行保存的公钥核对。"
    if proof.blocks and not proof.outside:
        told += "没有库外链头，截尾和整体改写无从发现。"
    return told
