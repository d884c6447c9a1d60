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
from pybase_extraction.drawing.decimal_vote import vote_decimal_separator
from pybase_extraction.drawing.dimension_text import format_dimension
from pybase_extraction.drawing.edges import read_edge
from pybase_extraction.drawing.fit_check import fit_contradiction
from pybase_extraction.drawing.frames import format_frame
from pybase_extraction.drawing.general_tolerances import apply_general, read_general_tolerance
from pybase_extraction.drawing.materials import read_material
from pybase_extraction.drawing.normalize import is_symbol_font, normalize
from pybase_extraction.drawing.texture import format_texture
from pybase_extraction.drawing.threads import format_thread
from pybase_extraction.drawing.welds import read_weld

__all__ = [
    "CalloutContext",
    "DecimalSeparator",
    "Evidence",
    "apply_general",
    "callout_evidence",
    "fit_contradiction",
    "format_dimension",
    "format_frame",
    "format_texture",
    "format_thread",
    "is_symbol_font",
    "normalize",
    "read_callouts",
    "read_dimension",
    "read_edge",
    "read_frame",
    "read_general_tolerance",
    "read_material",
    "read_texture",
    "read_thread",
    "read_weld",
    "vote_decimal_separator",
]
