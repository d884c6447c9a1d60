"""Speed of the DXF extractor against ``ezdxf.readfile`` on the same content; prints ratios.

``python -m tests.bench.dxf [megabytes] [corpus]``: a drawing that is made here and, where the folder of real files is
there, drawings whose entities are repeated with fresh handles until they have the size. Times are of the processor, so
that other work on the machine counts less.
"""

from __future__ import annotations

import gc
import io
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import ezdxf

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source
from pybase_extraction_dxf.scan import scan_tags
from pybase_extraction_dxf.tags import index_tags

REAL = {
    "plan (lines, dimensions)": "plans/floorplan.dxf",
    "details (dimensions, inserts)": "plans/api-cw750-details.dxf",
    "standard sheet (texts, splines)": "qcad/DIN7200.dxf",
}


def drawing(entities: int) -> bytes:
    """A drawing of lines, circles, texts, inserts with attributes and dimensions."""
    chance = random.Random(7)
    document = ezdxf.new("R2018", setup=True, units=4)
    space = document.modelspace()
    block = document.blocks.new("PART")
    for tag in ("NAME", "MARK"):
        block.add_attdef(tag, (0, 0))
    for at in range(entities):
        one, other = ((chance.uniform(0, 1000), chance.uniform(0, 1000)) for _ in range(2))
        share, layer = chance.random(), {"layer": f"L{at % 40}"}
        if share < 0.70:
            space.add_line(one, other, layer)
        elif share < 0.85:
            space.add_circle(one, 5, layer)
        elif share < 0.93:
            space.add_text(f"Text {at}", dxfattribs={"insert": one, **layer})
        elif share < 0.98:
            space.add_blockref("PART", one, layer).add_auto_attribs({"NAME": f"N{at}", "MARK": "x"})
        else:
            space.add_linear_dim(one, one, other, dxfattribs=layer).render()
    stream = io.StringIO()
    document.write(stream)
    return stream.getvalue().encode()


def replicated(data: bytes, size: float) -> bytes:
    """Repeat the entities with fresh handles, which they also refer to each other by, until a drawing has a size."""
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    first, last = _entities(lines)
    body = lines[first:last]
    places = [at + 1 for at in range(0, len(body) - 1, 2) if body[at].strip() in {b"5", b"330", b"360"}]
    own = {body[at].strip(): None for at in places if body[at - 1].strip() == b"5"}
    parts, total, number = [b"\n".join(lines[:last])], len(data), 0x1000000
    while total < size:
        fresh = {}
        for handle in own:
            number += 1
            fresh[handle] = b"%X" % number
        copy = list(body)
        for at in places:
            copy[at] = fresh.get(copy[at].strip(), copy[at])
        parts.append(b"\n".join(copy))
        total += len(parts[-1])
    return b"\n".join([*parts, *lines[last:]])


def _entities(lines: list[bytes]) -> tuple[int, int]:
    """First line of the ENTITIES section, and the line of its end."""
    first = next(
        at + 2
        for at in range(2, len(lines), 2)
        if lines[at + 1].strip() == b"ENTITIES" and lines[at - 1].strip() == b"SECTION"
    )
    return first, next(at for at in range(first, len(lines), 2) if lines[at + 1].strip() == b"ENDSEC")


def seconds(action: Callable[[], object]) -> float:
    gc.collect()  # what the reader before left behind, the other library's circles above all, is not this one's work
    started = time.process_time()
    action()
    return time.process_time() - started


def contents(corpus: Path) -> Iterator[tuple[str, bytes]]:
    yield "made here", drawing(9000)
    for name, path in REAL.items():
        if (file := corpus / "dxf" / path).exists():
            yield name, file.read_bytes()


def measure(name: str, path: Path) -> None:
    registry = ExtractorRegistry.discover()
    options, extractor = registry.validate_options("dxf", {}), registry.extractor("dxf")
    source = Source.from_path(path)
    megabytes = source.size / 1e6
    scan = seconds(lambda: scan_tags(index_tags(path.read_bytes()), lambda: None))
    full = seconds(lambda: extractor.extract(source, options, ExtractionContext()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    peer = seconds(lambda: ezdxf.readfile(path))
    print(f"{name}: {megabytes:.0f} MB, peak of the process so far {peak:.0f} MB")
    for label, spent in (("index and structure", scan), ("whole result", full), ("ezdxf.readfile", peer)):
        print(f"  {label:20} {spent:6.2f} s  {megabytes / spent:6.1f} MB/s  {peer / spent:5.1f} x ezdxf.readfile")


def main() -> None:
    size = float(sys.argv[1]) * 1e6 if len(sys.argv) > 1 else 20e6
    corpus = Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).parents[3] / "shared" / "corpus")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.dxf")
        for name, data in contents(corpus):
            path.write_bytes(replicated(data, size))
            measure(name, path)


if __name__ == "__main__":
    main()
