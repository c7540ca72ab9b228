"""How the private PostgreSQL is set (数据库参数): for mass work, as large as the machine lets it.

Standard library only.
"""

import os
import shutil
from pathlib import Path


def configuration(*, home: Path, socket_folder: Path) -> str:
    """Settings for mass work: 2 cores and 24 GiB get 3 GB of buffers, smaller machines less."""
    memory_mb = _memory_mb()
    disk_gb = shutil.disk_usage(home).free // 2**30
    settings = {
        "listen_addresses": "''",
        "unix_socket_directories": f"'{socket_folder}'",
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        "shared_buffers": f"{max(64, min(3072, memory_mb // 8))}MB",
        "effective_cache_size": f"{max(128, memory_mb // 2)}MB",
        "work_mem": f"{max(8, min(96, memory_mb // 128))}MB",
        "maintenance_work_mem": f"{max(64, min(512, memory_mb // 32))}MB",
        "max_wal_size": "8GB" if disk_gb > 40 else "1GB",
        "min_wal_size": "1GB" if disk_gb > 40 else "128MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "lz4",
        "fsync": "on",
        "jit": "off",
        "random_page_cost": "1.1",
        "max_locks_per_transaction": 256,
        "log_timezone": "'Asia/Shanghai'",
        "log_line_prefix": "'%m [%p] %u@%d '",
        # What a refused statement wanted to write is people's data.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    return "".join(f"{key} = {value}\n" for key, value in settings.items())


def _memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
