"""The hooks that plugins may implement.

A plugin is a module (or object) named by an entry point of the group ``pybase_extraction``; its functions marked with
``hookimpl`` are called by name.  An implementation may take fewer arguments than the hook has; arguments are only ever
added.  A hook name that does not exist here is an error at discovery, not a silent no-op.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from pybase_extraction.extractor import (
        Diagnosis,
        Evidence,
        ExtractionContext,
        ExtractorInfo,
        ExtractorOptions,
        Probe,
    )
    from pybase_extraction.jobs import Settled
    from pybase_extraction.raster import Raster, RasterReading
    from pybase_extraction.registry import Registration
    from pybase_extraction.repositories.base import JobRepository
    from pybase_extraction.results import ExtractionResult
    from pybase_extraction.runners.base import Dispatcher, Runner
    from pybase_extraction.source import Source

PROJECT = "pybase_extraction"
PREFIX = f"{PROJECT}_"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def pybase_extraction_register(registry: Registration) -> None:
    """Add extractors with ``registry.add(info, "module:Class")``; must not import a heavy library."""


@hookspec
def pybase_extraction_detect(probe: Probe) -> Evidence | Sequence[Evidence] | None:
    """Say which format a file is, from its structure; the evidence of all plugins is merged.

    Called for every file that is detected, so look at ``probe.head`` first.
    """


@hookspec
def pybase_extraction_before_extract(source: Source, extractor: ExtractorInfo, options: ExtractorOptions) -> None:
    """Look at a file before it is extracted (antivirus, data loss prevention); raise ``ExtractionError`` to refuse.

    Runs where the extractor runs, once per attempt.
    """


@hookspec
def pybase_extraction_after_extract(source: Source, result: ExtractionResult) -> ExtractionResult | None:
    """Enrich a result: give a changed copy, or None to leave it; implementations are chained by name."""


@hookspec(firstresult=True)
def pybase_extraction_classify_error(error: Exception) -> Exception | None:
    """Translate an exception that an extractor let through into one of ``pybase_extraction.errors``, or give None."""


@hookspec(firstresult=True)
def pybase_extraction_render_page(
    source: Source,
    format: str,  # noqa: A002 -- the vocabulary's word
    page: int,
    max_pixels: int,
    password: str | None,
) -> Raster | None:
    """Draw a page of a file, counted from 1, with at most ``max_pixels`` pixels; None for a format of others.

    The raster's box says which part of the page it shows, in the coordinates of the places in results.
    """


@hookspec(firstresult=True)
def pybase_extraction_ocr_page(raster: Raster, context: ExtractionContext) -> RasterReading | None:
    """Read words and ruling strokes from pixels; call ``context.check()`` between steps, and give None to leave it."""


@hookspec
def pybase_extraction_diagnose(credentials: Mapping[str, str]) -> Sequence[Diagnosis] | None:
    """Say what the plugin's extractors need and whether it is there: libraries, keys, services; sends no file."""


@hookspec(firstresult=True)
def pybase_extraction_open_queue(address: str, repository: JobRepository) -> Dispatcher | None:
    """Make the dispatcher of an external queue from an address ``scheme://...``, or give None for schemes of others.

    Nothing is connected before its first message.  What it makes is proved by ``testing.dispatcher``.
    """


@hookspec(firstresult=True)
def pybase_extraction_open_runner(name: str, slots: int | None) -> Runner | None:
    """Make the runner of a name with so many slots, its own default when None; give None for names of others."""


@hookspec
def pybase_extraction_job_event(event: Settled) -> None:
    """Learn that the outcome of an attempt was written; ``event.status`` is pending when the job is tried again.

    Called after the fact, on a thread of its own in the process of the worker, in the order of the outcomes.  Errors
    are logged.  An event is lost when the process dies: what must not be missed is asked of the repository.
    """
