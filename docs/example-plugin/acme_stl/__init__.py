"""STL models for pybase_extraction."""

import importlib.metadata

__version__ = importlib.metadata.version("acme-stl")
