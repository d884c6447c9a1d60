"""IFC building models for pybase_extraction."""
