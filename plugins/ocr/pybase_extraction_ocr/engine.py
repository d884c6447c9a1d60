"""The recogniser: rapidocr, with the models that its wheel brings."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Height × width × 3, blue, green and red."""
Quad = NDArray[np.float32]
"""Four corners x, y in pixels, clockwise from the text's own top left."""

_THREADS = 2
"""Of one inference; more files at the same time use the other processors."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Finds and reads lines of text.  May be used by several threads, one at a time."""

    name: str
    _rapid: Any
    _lock: threading.Lock

    def find(self, image: Pixels) -> Iterator[Quad]:
        """Corners of the lines of text in an image."""
        with self._lock:
            found = self._rapid(image, use_det=True, use_cls=False, use_rec=False)
        boxes = getattr(found, "boxes", None)
        yield from () if boxes is None else (np.asarray(box, dtype=np.float32) for box in boxes)

    def read(self, image: Pixels) -> tuple[str, float]:
        """The text of one line that runs to the right, with the recogniser's certainty 0..1."""
        with self._lock:
            found = self._rapid(image, use_det=False, use_cls=False, use_rec=True)
        texts = getattr(found, "txts", None)
        return (str(texts[0]), float(found.scores[0])) if texts else ("", 0.0)


@functools.cache
def engine() -> Engine:
    """The engine of this process; loading it takes a second and 300 MB."""
    from importlib.metadata import version

    from rapidocr import RapidOCR

    rapid = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": 4096,
            # else small pictures are made larger until their shorter side has 736 pixels
            "Det.limit_type": "max",
            "Det.limit_side_len": 2048,
            "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    return Engine(f"rapidocr {version('rapidocr')}", rapid, threading.Lock())
