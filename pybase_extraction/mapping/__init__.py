"""Results as rows of a host's tables.

``row_sets`` lists what can become rows, ``suggest_mapping`` says which column plainly belongs to which field,
``preview`` shows it, and ``write_rows`` writes it through a ``RowSink`` that the host supplies.
"""

from pybase_extraction.mapping.conversion import Converted, convert
from pybase_extraction.mapping.fields import FieldType, TargetField, field_type
from pybase_extraction.mapping.row_sets import RowSet, row_sets
from pybase_extraction.mapping.rows import (
    ImportPreview,
    Loss,
    Row,
    RowSink,
    WriteReport,
    choose_rows,
    make_rows,
    preview,
    write_rows,
)
from pybase_extraction.mapping.suggestion import suggest_mapping

__all__ = [
    "Converted",
    "FieldType",
    "ImportPreview",
    "Loss",
    "Row",
    "RowSet",
    "RowSink",
    "TargetField",
    "WriteReport",
    "choose_rows",
    "convert",
    "field_type",
    "make_rows",
    "preview",
    "row_sets",
    "suggest_mapping",
    "write_rows",
]
