"""Engineering semantics: pure functions from the text of a drawing to values.

Nothing here opens a file: text in (with what is known about its sheet), frozen results out.
"""

from pybase_extraction.drawing.callouts import (
    Evidence,
    callout_evidence,
    read_callouts,
    read_dimension,
    read_frame,
    read_texture,
    read_thread,
)
from pybase_extraction.drawing.context import CalloutContext, DecimalSeparator
from pybase_extraction.drawing.frames import format_frame
from pybase_extraction.drawing.normalize import is_symbol_font, normalize, vote_decimal_separator
from pybase_extraction.drawing.texture import format_texture
from pybase_extraction.drawing.threads import format_thread

__all__ = [
    "CalloutContext",
    "DecimalSeparator",
    "Evidence",
    "callout_evidence",
    "format_frame",
    "format_texture",
    "format_thread",
    "is_symbol_font",
    "normalize",
    "read_callouts",
    "read_dimension",
    "read_frame",
    "read_texture",
    "read_thread",
    "vote_decimal_separator",
]
