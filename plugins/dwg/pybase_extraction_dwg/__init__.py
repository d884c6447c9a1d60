"""DWG drawings for pybase_extraction, experimental."""

import importlib.metadata

__version__ = importlib.metadata.version("pybase-extraction-dwg")
