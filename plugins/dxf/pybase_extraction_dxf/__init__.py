"""DXF drawings for pybase_extraction."""

import importlib.metadata

__version__ = importlib.metadata.version("pybase-extraction-dxf")
