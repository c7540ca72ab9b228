"""Keep some of the servers running, as ``bin/run`` does, until the test ends.

python -m tests.faults.keep worker beat web [--include MODULE]
"""

import argparse
import ctypes
import signal
import sys

from backend import supervisor
from backend.cluster import var_folder
from backend.supervisor import Supervisor, children, free_port

PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.keep")
    parser.add_argument("names", nargs="+")
    parser.add_argument("--include", default="")
    asked = parser.parse_args(arguments)
    ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
    # Whom a test kills often does not wait longer each time, and nobody waits for him.
    supervisor.STEADY_SECONDS, supervisor.PAUSE_SECONDS_MIN = 1.0, 0.05
    var, port = var_folder(), free_port(0)
    (var / "run" / "port").write_text(f"{port}\n", encoding="ascii")
    wanted = [child for child in children(port=port) if child.name in asked.names]
    for child in wanted:
        if child.name == "worker" and asked.include:
            child.command += ["--include", asked.include]
    Supervisor(var=var, children=wanted).run()


if __name__ == "__main__":
    main(sys.argv[1:])
