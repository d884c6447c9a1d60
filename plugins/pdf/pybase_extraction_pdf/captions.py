"""Captions above or below tables, and the notes under them."""

from __future__ import annotations

import re

_LABEL = (
    r"table|tables|tab\.|tbl\.|exhibit|figure|fig\.|schedule|chart|box|tabelle|abbildung|abb\.|tableau|tabla|cuadro|"
    r"tabella|tabela|quadro|表"
)
CAPTION = re.compile(
    rf"\s*(?:{_LABEL})\s*(?:(?:[A-Z]{{1,2}}[.\-–]?)?\d+(?:[.\-–]\d+)*[a-z]?|[IVXL]+|[A-Z])\b", re.IGNORECASE
)
"""Beginning of a caption: a word for table, and a number."""
NOTE = re.compile(
    r"\s*(?:(?:note[ns]?|sources?|abbreviations|legend|key|exhibit reads|quellen?|anmerkungen?|hinweise?|fuentes?|"
    r"notas?|fontes?|remarques?)\s*[:.\-–—]|\(?[*†‡§¶]+\)?\s*\S|see notes?\b)",
    re.IGNORECASE,
)
"""Beginning of a note below a table."""
