"""Every comparison of CAD and BIM files with truths in one run: ``python -m tests.score.cad [corpus]``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> None:
    worst = 0
    for module in ("dxf", "dxf_title_blocks", "dwg", "ifc", "step"):
        print(f"--- {module}", flush=True)
        command = [sys.executable, "-m", f"tests.score.{module}", *sys.argv[1:]]
        worst = max(worst, subprocess.run(command, check=False, cwd=Path(__file__).parents[2]).returncode)
    sys.exit(worst)


if __name__ == "__main__":
    main()
