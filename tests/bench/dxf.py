"""Speed of the DXF extractor against ``ezdxf.readfile`` on the same content; prints ratios.

``python -m tests.bench.dxf [megabytes]``.  Times are of the processor, so that other work on the machine counts less.
"""

from __future__ import annotations

import io
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import ezdxf

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.source import Source
from pybase_extraction_dxf.scan import scan_tags
from pybase_extraction_dxf.tags import index_tags


def drawing(entities):
    """A drawing of lines, polylines, circles, texts, inserts with attributes and dimensions."""
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
    return stream.getvalue()


def replicated(text, size):
    """Repeat the ENTITIES section with fresh handles until the drawing has a size in bytes."""
    head, rest = text.split("  2\nENTITIES\n", 1)
    body, tail = rest.split("  0\nENDSEC\n", 1)
    lines = body.split("\n")
    handles = [at + 1 for at in range(0, len(lines) - 1, 2) if lines[at] == "  5"]
    parts = [body]
    number = 0x1000000
    while sum(map(len, parts)) < size:
        for at in handles:
            number += 1
            lines[at] = f"{number:X}"
        parts.append("\n".join(lines))
    return head + "  2\nENTITIES\n" + "".join(parts) + "  0\nENDSEC\n" + tail


def seconds(action):
    started = time.process_time()
    action()
    return time.process_time() - started


def main():
    size = float(sys.argv[1]) * 1e6 if len(sys.argv) > 1 else 20e6
    registry = ExtractorRegistry.discover()
    options = registry.validate_options("dxf", {})
    extractor = registry.extractor("dxf")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.dxf")
        path.write_text(replicated(drawing(9000), size), encoding="utf-8")
        source = Source.from_path(path)
        megabytes = source.size / 1e6
        scan = seconds(lambda: scan_tags(index_tags(path.read_bytes()), lambda: None))
        full = seconds(lambda: extractor.extract(source, options, ExtractionContext()))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        peer = seconds(lambda: ezdxf.readfile(path))
    print(f"{megabytes:.0f} MB; peak memory before ezdxf {peak:.0f} MB ({peak / megabytes:.1f} per MB of input)")
    for name, spent in (("index and structure", scan), ("whole result", full), ("ezdxf.readfile", peer)):
        print(f"{name:20} {spent:6.2f} s  {megabytes / spent:6.1f} MB/s  {peer / spent:5.1f} x ezdxf.readfile")


if __name__ == "__main__":
    main()
