"""Registration of the STEP extractor, and how a STEP file is told from an IFC file."""

from __future__ import annotations

import re
from typing import Any

from pybase_extraction.extractor import Evidence, ExtractorInfo, FormatInfo, Isolation, Magic, Probe, Strength
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction_step import __version__
from pybase_extraction_step.options import StepOptions

STEP = FormatInfo(
    name="step",
    title="STEP model (ISO 10303-21)",
    extensions=(".step", ".stp", ".p21"),
    media_types=("model/step", "application/step", "application/p21", "application/x-step"),
    magic=(Magic(b"ISO-10303-21;", within=1024),),
)

_SCHEMA = re.compile(rb"FILE_SCHEMA\s*+\(\s*+\(\s*+'([^']{1,200})'", re.IGNORECASE)


@hookimpl
def pybase_extraction_register(registry: Any) -> None:
    """Add the extractor."""
    registry.add(
        ExtractorInfo(
            name="step",
            title="STEP models and assemblies",
            version=__version__,
            formats=(STEP,),
            options=StepOptions,
            isolation=Isolation.PROCESS,
        ),
        "pybase_extraction_step.extractor:StepExtractor",
    )


@hookimpl
def pybase_extraction_detect(probe: Probe) -> Evidence | None:
    """Look at FILE_SCHEMA: exchange structures that name an IFC schema are not for this plugin."""
    # a search without regard to case takes half a millisecond, and every file that is submitted comes through here
    match = _SCHEMA.search(probe.head) if b"file_schema" in probe.head.lower() else None
    if match is None or match[1].lstrip().upper().startswith(b"IFC"):
        return None
    return Evidence("step", Strength.STRUCTURE, f"FILE_SCHEMA names {match[1].decode('ascii', 'replace')}")
