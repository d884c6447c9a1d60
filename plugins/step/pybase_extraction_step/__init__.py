"""STEP models and assemblies for pybase_extraction."""

from typing import Final

__version__: Final = "0.1.0"
