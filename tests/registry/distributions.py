"""Make small distributions as wheels and install them with pip, as a user would."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

PLUGIN = """
from pybase_extraction.extractor import ExtractorInfo, FormatInfo
from pybase_extraction.hookspecs import hookimpl

@hookimpl
def pybase_extraction_register(registry):
    registry.add(
        ExtractorInfo("{name}", "Sample", "1.0", (FormatInfo("{name}", "Sample", extensions=(".{name}",)),)),
        "{module}_extractor:Extractor",
    )
"""


def build_wheel(folder: Path, name: str, entry_point: str, module: str, code: str) -> Path:
    """Write a wheel (PEP 427) with one module and one entry point."""
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    files = {
        f"{module}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[pybase_extraction]\n{entry_point} = {module}\n",
    }
    record = "".join(f"{path},{_digest(text)},{len(text.encode())}\n" for path, text in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    wheel = folder / f"{name.replace('-', '_')}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def install(wheels: list[Path], target: Path) -> None:
    """Install wheels into a folder that goes on the path."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(target)]
    subprocess.run([*command, *map(str, wheels)], check=True)


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
