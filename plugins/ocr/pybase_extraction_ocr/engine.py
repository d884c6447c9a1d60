"""The recogniser: the networks that rapidocr's wheel brings, run by onnxruntime; nothing is ever downloaded."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pybase_extraction.errors import MissingDependencyError

Pixels = NDArray[np.uint8]
"""Height × width × 3, blue, green and red."""
Quad = NDArray[np.float32]
"""Four corners x, y in pixels, clockwise."""

_THREADS = 2
"""Of one inference at most; more files at the same time use the other processors."""
_MULTIPLE = 32
"""Sides of what the finder is given are multiples of this many pixels."""
_HEIGHT = 48
"""Pixels of a line that the reader is given."""
_NARROWEST = 96
"""Pixels: narrower lines are read worse."""
_WIDEST = 3200
"""Pixels: no line of a drawing is 67 times as wide as high."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of a line.

    Attributes:
        text: The letter, or a space.
        certainty: The recogniser's own, 0..1.
        at: Where its middle is, as a share of the line's width.
    """

    text: str
    certainty: float
    at: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text as it was read."""

    letters: tuple[Letter, ...] = ()

    @property
    def text(self) -> str:
        """Its letters."""
        return "".join(letter.text for letter in self.letters)

    @property
    def score(self) -> float:
        """The recogniser's certainty: the mean of the letters'; 0 for no letters."""
        return sum(letter.certainty for letter in self.letters) / len(self.letters) if self.letters else 0.0


@dataclass(frozen=True, slots=True)
class Engine:
    """Finds and reads lines of text.  May be used by several threads, one at a time.

    Attributes:
        name: The library and its version.
    """

    name: str
    _finder: Any
    _reader: Any
    _boxes: Any
    _alphabet: tuple[str, ...]
    _lock: threading.Lock

    def find(self, image: Pixels) -> Iterator[Quad]:
        """Corners of the lines of text in an image."""
        height, width = image.shape[:2]
        sides = tuple(-(-side // _MULTIPLE) * _MULTIPLE for side in (height, width))
        paper = np.full((*sides, 3), 255, dtype=np.uint8)
        paper[:height, :width] = image
        with self._lock:
            seen = _run(self._finder, paper)
        found, _ = self._boxes(seen, sides)
        yield from (np.asarray(box, dtype=np.float32) for box in found)

    def read(self, image: Pixels) -> Line:
        """Read one line that runs to the right."""
        import cv2

        height, width = image.shape[:2]
        inked = min(max(1, round(width * _HEIGHT / height)), _WIDEST)
        whole = max(_NARROWEST, -(-inked // 8) * 8)
        line = np.full((_HEIGHT, whole, 3), 127, dtype=np.uint8)  # what the network was trained to take for nothing
        line[:, :inked] = cv2.resize(image, (inked, _HEIGHT))
        with self._lock:
            seen = _run(self._reader, line)[0]
        return Line(tuple(self._letters(seen, whole / inked)))

    def _letters(self, seen: NDArray[np.float32], stretch: float) -> Iterator[Letter]:
        """The likeliest letter of every column, repeated ones once and the blank left out (CTC decoding)."""
        best = seen.argmax(axis=1)
        for column, index in enumerate(best):
            if index and (column == 0 or index != best[column - 1]):
                at = min((column + 0.5) / len(best) * stretch, 1.0)
                yield Letter(self._alphabet[index], float(seen[column, index]), at)


def _run(session: Any, image: Pixels) -> NDArray[np.float32]:
    """Give an image to a network: bytes become -1..1, the channel comes first."""
    levels = (image.astype(np.float32).transpose(2, 0, 1)[np.newaxis] / 127.5) - 1
    (found,) = session.run(None, {session.get_inputs()[0].name: levels})
    return np.asarray(found, dtype=np.float32)


def engine(processors: int | None = None) -> Engine:
    """The engine of this process; loading it takes half a second and 200 MB.

    Args:
        processors: Most that it may keep busy.

    Raises:
        MissingDependencyError: The models are not there.
    """
    return _engine(_THREADS if processors is None else min(processors, _THREADS))


@functools.cache
def _engine(threads: int) -> Engine:
    from importlib.metadata import version

    from rapidocr.ch_ppocr_det.utils import DBPostProcess

    reader = _session("rec", threads)
    alphabet = reader.get_modelmeta().custom_metadata_map["character"].splitlines()
    boxes = DBPostProcess(thresh=0.3, box_thresh=0.5, unclip_ratio=1.6, use_dilation=True, score_mode="slow")
    name = f"rapidocr {version('rapidocr')}"
    return Engine(name, _session("det", threads), reader, boxes, ("", *alphabet, " "), threading.Lock())


def _session(task: str, threads: int) -> Any:
    """A network of rapidocr's wheel: ``det`` finds lines, ``rec`` reads them."""
    import onnxruntime
    import rapidocr

    folder = Path(rapidocr.__file__).parent / "models"
    model = next(iter(sorted(folder.glob(f"*_{task}_*.onnx"))), None)
    if model is None:
        raise MissingDependencyError(
            f"The recogniser cannot read: rapidocr was installed without its model {task!r}.",
            plugin="ocr",
            extra="pybase-extraction[ocr]",
            remedy="Run pip install --force-reinstall 'rapidocr>=3.9,<4'.",
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # threads that wait in a loop for the next line take a third more processor time, and that of other files
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
