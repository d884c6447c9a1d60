"""DXF drawings for pybase_extraction."""
