"""Every ratio of the CAD and BIM readers in one run: ``python -m tests.bench.cad [--mb 20]``."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=float, default=20.0, help="size of the files that are made")
    size = str(parser.parse_args().mb)
    # a process each: what one library has loaded is not counted for another
    for module, arguments in (("dxf", [size]), ("ifc", ["--mb", size]), ("step", ["--mb", size]), ("memory", [])):
        print(f"--- {module}", flush=True)
        command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
        subprocess.run(command, check=True, cwd=Path(__file__).parents[2])


if __name__ == "__main__":
    main()
