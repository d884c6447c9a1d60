"""Turn engineering drawings and models into structured data, reliably."""
