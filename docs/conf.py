"""Configuration of the documentation: ``nox -s docs`` builds it with warnings as errors."""

import importlib.metadata
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "pybase_extraction"
author = "the pybase_extraction authors"
copyright = "2026, the pybase_extraction authors"
release = importlib.metadata.version("pybase-extraction")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "notebook_pages",
    "offline",
    "vocabulary",
]
exclude_patterns = ["_build", "samples", "example-plugin", "examples"]
html_extra_path = ["reference/result.schema.json"]
# a field named like a class of another module makes napoleon look for both
suppress_warnings = ["myst.xref_missing", "ref.python"]
source_suffix = {".md": "markdown", ".ipynb": "markdown"}
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": True, "exclude-members": "model_config"}
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_use_ivar = True
nitpicky = False

html_theme = "furo"
html_title = "pybase_extraction"
html_static_path = ["_static"]
html_css_files = ["site.css"]
