"""How the author of a plugin uses the public API; never run, only checked: ``mypy --strict tests/typing``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import SecretStr

from pybase_extraction import (
    Diagnosis,
    Evidence,
    ExtractionContext,
    ExtractionResult,
    Extractor,
    ExtractorInfo,
    ExtractorOptions,
    ExtractorRegistry,
    FormatInfo,
    Isolation,
    Locator,
    Magic,
    Probe,
    Source,
    Strength,
    hookimpl,
)
from pybase_extraction.errors import CorruptedFileError, EncryptedFileError
from pybase_extraction.registry import Registration
from pybase_extraction.results import ExtractorRecord, Issue, Provenance, Severity, SourceInfo, TextBlock


class JtOptions(ExtractorOptions):
    """Options of the extractor."""

    level: Literal["brep", "lod0"] = "brep"
    """Level of detail to read."""
    password: SecretStr | None = None


INFO = ExtractorInfo(
    name="acme.jt",
    title="JT",
    version="1.0",
    formats=(FormatInfo("jt", "JT (ISO 14306)", (".jt",), ("model/jt",), (Magic(b"Version "),)),),
    options=JtOptions,
    priority=60,
    isolation=Isolation.PROCESS,
)


class JtExtractor:
    """Reads the head of a file."""

    def extract(self, source: Source, options: JtOptions, context: ExtractionContext) -> ExtractionResult:
        context.check()
        context.report(0.5, "segments")
        with source.open() as stream:
            head: bytes = stream.read(80)
        if not head.startswith(b"Version"):
            raise CorruptedFileError(f"{source.name!r} has no JT version.", name=source.name, format="jt")
        if options.password is None:
            raise EncryptedFileError(f"{source.name!r} needs a password.", name=source.name)
        text = head.decode("ascii", "replace")
        return ExtractionResult(
            format="jt",
            source=SourceInfo(
                filename=source.name, size=source.size, sha256=source.sha256, media_type=source.media_type
            ),
            extractor=ExtractorRecord(name=INFO.name, version=INFO.version, options={"level": options.level}),
            text_blocks=(TextBlock(text=text, raw=text, provenance=Provenance(place=Locator(path=options.level))),),
            issues=(Issue(code="jt-head-only", severity=Severity.INFO, message="Only the head was read."),),
        )


class RemoteExtractor:
    """An asynchronous one, for a network service."""

    async def extract(self, source: Source, options: JtOptions, context: ExtractionContext) -> ExtractionResult:
        del options, context
        return ExtractionResult.model_validate_json(source.read())


synchronous: Extractor[JtOptions] = JtExtractor()
asynchronous: Extractor[JtOptions] = RemoteExtractor()


@hookimpl
def pybase_extraction_register(registry: Registration) -> None:
    registry.add(INFO, "acme_jt.extractor:JtExtractor")


@hookimpl
def pybase_extraction_detect(probe: Probe) -> Evidence | None:
    return Evidence("jt", Strength.STRUCTURE, "a table of contents") if b"toc" in probe.head else None


@hookimpl
def pybase_extraction_before_extract(source: Source, options: ExtractorOptions) -> None:
    """A subset of the hook's arguments, as pluggy allows."""


@hookimpl
def pybase_extraction_after_extract(result: ExtractionResult) -> ExtractionResult | None:
    return result.model_copy(update={"metadata": {**result.metadata, "checked": True}})


@hookimpl
def pybase_extraction_classify_error(error: Exception) -> Exception | None:
    return CorruptedFileError("A segment is cut.") if isinstance(error, EOFError) else None


@hookimpl
def pybase_extraction_diagnose(credentials: Mapping[str, str]) -> Sequence[Diagnosis]:
    return [Diagnosis("acme.jt", is_ready="jt" in credentials, message="A key is needed.")]


def host() -> list[str]:
    registry = ExtractorRegistry.discover()
    names: list[str] = [info.name for info in registry.extractors()]
    return [*names, *(failure.message for failure in registry.failures)]
