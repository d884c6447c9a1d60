"""Pages of a result as pictures, with what was found drawn on them; ``ExtractionResult.page`` is the way in."""
