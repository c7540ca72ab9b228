"""The checker that strangers run, loaded from where it lies beside its format."""

import importlib.util
from pathlib import Path
from types import ModuleType

from django.conf import settings

CHECKER = Path(settings.BASE_DIR) / "docs" / "formats" / "check_chain.py"


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_chain", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
