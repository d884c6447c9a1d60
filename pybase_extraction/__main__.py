"""``python -m pybase_extraction`` and ``pybase-extract``."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; says what to install where its libraries are missing."""
    try:
        import click  # noqa: F401 -- an extra
        import rich  # noqa: F401 -- an extra
    except ImportError as exc:
        sys.stderr.write(f"The command line needs {exc.name}: pip install 'pybase-extraction[cli]'\n")
        return 2
    from pybase_extraction.cli.app import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
