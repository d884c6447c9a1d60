"""The Werk24 drawing reader for pybase_extraction: an AI service, used only when the host turns it on."""

import importlib.metadata

__version__ = importlib.metadata.version("pybase-extraction-werk24")
