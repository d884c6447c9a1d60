"""Conformance suites and fakes for whoever extends the library; needs pytest.

Import from the modules: ``pybase_extraction.testing.extractor`` and its neighbours.
"""
