"""PDF drawings and documents for pybase_extraction."""

import importlib.metadata

__version__ = importlib.metadata.version("pybase-extraction-pdf")
