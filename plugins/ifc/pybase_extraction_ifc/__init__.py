"""IFC building models for pybase_extraction."""

from importlib.metadata import version

__version__ = version("pybase-extraction-ifc")
