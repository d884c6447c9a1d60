"""Images of drawings, and lettering without text."""

import importlib.metadata

__version__ = importlib.metadata.version("pybase-extraction-ocr")
