"""The Werk24 drawing reader for pybase_extraction."""
