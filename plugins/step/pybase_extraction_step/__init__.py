"""STEP models and assemblies for pybase_extraction."""
