"""The conformance suite of extractors: what the host relies on, as tests that a plugin inherits."""

from __future__ import annotations

import functools
import json
import pickle
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import BaseModel

from pybase_extraction.errors import ExtractionCancelledError, ExtractionError, OptionsError, SourceError
from pybase_extraction.extractor import ExtractionContext, ExtractorOptions
from pybase_extraction.registry import ExtractorRegistry
from pybase_extraction.results import BBox, ExtractionResult, Locator, Page, Value
from pybase_extraction.source import Source

_POINT = 1.0
"""Tolerance for boxes in the page's unit: strokes have a width."""


class ExtractorConformance:
    """Inherit from it in a test module, name the extractor, and give a sample file.

    ::

        class TestJt(ExtractorConformance):
            extractor = "acme.jt"
            heavy = ("openjt",)

            @pytest.fixture
            def sample(self, tmp_path_factory): ...

    Attributes:
        extractor: Registered name of the extractor under test.
        heavy: Names of modules that must not be imported by registering the plugin.
        options: Options to extract the sample with.
        has_end: Whether a file of the format shows that it is whole, by an end mark or a length.  False where nobody
            can tell (CSV, Wavefront OBJ): then a file that was cut off must merely not crash.
    """

    extractor: ClassVar[str]
    heavy: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[dict[str, object]] = {}
    has_end: ClassVar[bool] = True

    @pytest.fixture
    def sample(self) -> Path:
        """Path of a small, right file of the format; must be overridden."""
        raise NotImplementedError("override the fixture 'sample' and return the path of a small file")

    @pytest.fixture
    def registry(self) -> ExtractorRegistry:
        """A registry in which the extractor is known."""
        return _discover()

    @pytest.fixture
    def context(self, tmp_path: Path) -> ExtractionContext:
        """What an attempt is given; override it to add credentials."""
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        return ExtractionContext(scratch=scratch)

    @pytest.fixture
    def source(self, sample: Path) -> Source:
        """The sample as a source."""
        return Source.from_path(sample)

    @pytest.fixture
    def result(self, registry: ExtractorRegistry, source: Source, context: ExtractionContext) -> ExtractionResult:
        """The result of the sample."""
        return self.run(registry, source, context)

    def run(self, registry: ExtractorRegistry, source: Source, context: ExtractionContext) -> ExtractionResult:
        """Extract with the class's options; override it for an asynchronous extractor."""
        options = registry.validate_options(self.extractor, self.options)
        result = registry.extractor(self.extractor).extract(source, options, context)
        assert isinstance(result, ExtractionResult)
        return result

    def test_is_deterministic(
        self, registry: ExtractorRegistry, source: Source, context: ExtractionContext, result: ExtractionResult
    ) -> None:
        """Two runs give equal results, their duration aside."""
        assert _timeless(self.run(registry, source, context)) == _timeless(result)

    def test_survives_json(self, result: ExtractionResult) -> None:
        """Saving and loading changes nothing, and every number is finite."""
        text = result.model_dump_json()
        assert ExtractionResult.model_validate_json(text) == result
        json.loads(text, parse_constant=_refuse)

    def test_describes_the_file(self, result: ExtractionResult, source: Source) -> None:
        """The result names the file, the extractor and the options."""
        assert (result.source.filename, result.source.size, result.source.sha256) == (
            source.name,
            source.size,
            source.sha256,
        )
        assert result.extractor.name == self.extractor
        assert result.extractor.version

    def test_options_and_errors_cross_processes(self, registry: ExtractorRegistry) -> None:
        """Options pickle, unknown ones are refused, and the refusal pickles too."""
        options = registry.validate_options(self.extractor, self.options)
        assert isinstance(options, ExtractorOptions)
        assert pickle.loads(pickle.dumps(options)) == options  # noqa: S301 -- our own bytes
        with pytest.raises(OptionsError) as caught:
            registry.validate_options(self.extractor, {"no_such_option": 1})
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 -- our own bytes

    def test_options_describe_themselves(self, registry: ExtractorRegistry) -> None:
        """Every option has a description and a default, so that a form can be drawn from the schema."""
        schema = registry.options_schema(self.extractor)
        assert not schema.get("required")
        for name, option in schema.get("properties", {}).items():
            assert option.get("description"), f"option {name!r} has no description"

    def test_registration_imports_no_heavy_library(self) -> None:
        """Listing formats is cheap."""
        code = (
            "import sys, json\n"
            "from pybase_extraction.registry import ExtractorRegistry\n"
            f"ExtractorRegistry.discover().info({self.extractor!r})\n"
            f"print(json.dumps([m for m in {list(self.heavy)!r} if m in sys.modules]))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
        assert json.loads(done.stdout) == []

    def test_stops_when_cancelled(
        self, registry: ExtractorRegistry, source: Source, context: ExtractionContext
    ) -> None:
        """A request to stop is seen within two seconds."""
        context.cancelled.set()
        started = time.monotonic()
        with pytest.raises(ExtractionCancelledError):
            self.run(registry, source, context)
        assert time.monotonic() - started < 2

    def test_stops_when_cancelled_midway(
        self, registry: ExtractorRegistry, source: Source, context: ExtractionContext
    ) -> None:
        """A request that comes while it runs ends it or lets it finish within two seconds."""
        timer = threading.Timer(0.01, context.cancelled.set)
        timer.start()
        started = time.monotonic()
        try:
            self.run(registry, source, context)
        except ExtractionCancelledError:
            assert context.cancelled.is_set()
        finally:
            timer.join()
        assert time.monotonic() - started < 2

    @pytest.mark.parametrize("damage", ["empty", "garbage", "zeros", "text", "header-only"])
    def test_refuses_what_it_cannot_read(
        self, registry: ExtractorRegistry, source: Source, context: ExtractionContext, damage: str
    ) -> None:
        """Input that is not of the format gives a typed error with a message that names the file."""
        damaged = Source.from_bytes(_damaged(damage, source.read()), name=f"{damage}{source.extension}")
        with pytest.raises(SourceError) as caught:
            self.run(registry, damaged, context)
        assert damaged.name in str(caught.value)
        assert type(pickle.loads(pickle.dumps(caught.value))) is type(caught.value)  # noqa: S301 -- our own bytes

    @pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
    def test_says_when_a_file_is_cut_off(
        self, registry: ExtractorRegistry, source: Source, context: ExtractionContext, share: float
    ) -> None:
        """A truncated file gives a typed error, or what is right and an issue for the rest."""
        data = source.read()
        cut = Source.from_bytes(data[: int(len(data) * share)], name=source.name)
        try:
            result = self.run(registry, cut, context)
        except ExtractionError as error:
            assert cut.name in str(error)  # noqa: PT017 -- either outcome is right, each with its own condition
        else:
            told = "a file that was cut off gives neither an error nor an issue; has_end = False if nobody can tell"
            assert result.warnings or not self.has_end, told

    def test_leaves_the_scratch_folder_clean(self, context: ExtractionContext, result: ExtractionResult) -> None:
        """Temporary files are removed."""
        assert result.source.size > 0
        assert context.scratch is not None
        assert list(context.scratch.iterdir()) == []

    def test_every_value_says_where_it_comes_from(self, result: ExtractionResult) -> None:
        """Each value of a section has a place in the file."""
        for section, value in _values(result):
            assert value.provenance.place != Locator(), f"a value in {section!r} has no place: {value!r}"

    def test_boxes_lie_on_their_pages(self, result: ExtractionResult) -> None:
        """Boxes are ordered and inside of their pages."""
        pages = {page.number: page for page in result.pages}
        for section, value in _values(result):
            place = value.provenance.place
            if place.bbox is not None:
                assert _is_ordered(place.bbox), (section, place)
                if place.page is not None and place.layout is None:
                    assert _is_inside(place.bbox, pages[place.page]), (section, place)


@functools.cache
def _discover() -> ExtractorRegistry:
    return ExtractorRegistry.discover()


def _timeless(result: ExtractionResult) -> ExtractionResult:
    return result.model_copy(update={"extractor": result.extractor.model_copy(update={"seconds": None})})


def _refuse(constant: str) -> None:
    raise AssertionError(f"the result holds {constant}")


def _damaged(kind: str, data: bytes) -> bytes:
    match kind:
        case "empty":
            return b""
        case "garbage":
            return random.Random(1).randbytes(4096)  # noqa: S311 -- reproducible noise
        case "zeros":
            return bytes(4096)
        case "text":
            return b"Dear colleagues,\nplease find the minutes attached.\n" * 20
        case _:
            return data[:5]


def _values(result: ExtractionResult) -> Iterator[tuple[str, Value]]:
    for section in type(result).model_fields:
        found = getattr(result, section)
        for item in found if isinstance(found, tuple) else (found,):
            if isinstance(item, Value):
                yield section, item
            if isinstance(item, BaseModel):
                yield from ((section, child) for child in _children(item))


def _children(model: BaseModel) -> Iterator[Value]:
    """Values nested one level down that stand at places of their own."""
    for name in ("items", "children", "signatures", "inserts"):
        nested = getattr(model, name, ())
        for item in nested.values() if isinstance(nested, dict) else nested:
            if isinstance(item, Value):
                yield item


def _is_ordered(bbox: BBox) -> bool:
    return bbox[0] <= bbox[2] and bbox[1] <= bbox[3]


def _is_inside(bbox: BBox, page: Page) -> bool:
    if page.width is None or page.height is None:
        return True
    return (
        bbox[0] >= -_POINT and bbox[1] >= -_POINT and bbox[2] <= page.width + _POINT and bbox[3] <= page.height + _POINT
    )
