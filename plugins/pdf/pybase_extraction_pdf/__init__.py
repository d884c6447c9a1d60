"""PDF drawings and documents for pybase_extraction."""
