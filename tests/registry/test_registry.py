"""Choice, detection and options, with plugins that are objects of this process."""

from __future__ import annotations

import types

import pytest
from pydantic import Field

from pybase_extraction.errors import (
    EmptyFileError,
    FormatMismatchError,
    MissingPluginError,
    OptionsError,
    PluginLoadError,
    UnsupportedFormatError,
)
from pybase_extraction.extractor import (
    Evidence,
    ExtractorInfo,
    ExtractorOptions,
    FormatInfo,
    Magic,
    Strength,
)
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.registry import ExtractorRegistry, RegistryConfig
from pybase_extraction.source import Source

ALPHA = FormatInfo("alpha", "Alpha", (".alp",), ("model/alpha",), (Magic(b"%ALPHA", within=100),))
BETA = FormatInfo("beta", "Beta", (".bet",), ("model/beta",), (Magic(b"BETA", offset=2),))


class Options(ExtractorOptions):
    depth: int = Field(3, ge=0)
    """How deep to read."""


def plugin(*infos: ExtractorInfo, evidence: tuple[Evidence, ...] = ()) -> types.SimpleNamespace:
    @hookimpl
    def pybase_extraction_register(registry):
        for info in infos:
            registry.add(info, "tests.registry.test_registry:Extractor")

    @hookimpl
    def pybase_extraction_detect(probe):
        return [item for item in evidence if item.format.encode() in probe.head]

    return types.SimpleNamespace(
        pybase_extraction_register=pybase_extraction_register, pybase_extraction_detect=pybase_extraction_detect
    )


class Extractor:
    """Only its identity matters here."""


def info(name: str, *formats: FormatInfo, priority: int = 50) -> ExtractorInfo:
    return ExtractorInfo(name, name.title(), "1.0", formats or (ALPHA,), Options, priority)


def registry(*infos: ExtractorInfo, **arguments: object) -> ExtractorRegistry:
    made = ExtractorRegistry(RegistryConfig(**arguments))
    made.register(plugin(*infos, evidence=(Evidence("beta", Strength.STRUCTURE, "its schema"),)), "sample")
    return made


def source(data: bytes, name: str = "part.alp", media_type: str | None = None) -> Source:
    return Source.from_bytes(data, name=name, media_type=media_type)


def test_content_beats_extension_and_says_so() -> None:
    found = registry(info("a"), info("b", BETA)).detect(source(b"..%ALPHA", "part.bet"))
    assert found.format == "alpha"
    assert [item.format for item in found.contradictions] == ["beta"]


def test_structure_beats_magic_and_does_not_contradict_it() -> None:
    found = registry(info("a"), info("b", BETA)).detect(source(b"%ALPHA schema beta", "part.bet"))
    assert found.format == "beta"
    assert found.contradictions == ()


def test_media_type_beats_extension_and_both_beat_the_hint() -> None:
    both = registry(info("a"), info("b", BETA))
    assert both.detect(source(b"?", "x.alp", "model/beta; charset=x"), hint="alpha").format == "beta"
    assert both.detect(source(b"?", "x.alp"), hint="beta").format == "alpha"
    assert both.detect(source(b"?", "x.dat"), hint="beta").format == "beta"


def test_strict_detection_refuses_a_contradiction() -> None:
    with pytest.raises(FormatMismatchError, match="alpha by its content"):
        registry(info("a"), info("b", BETA)).detect(source(b"%ALPHA", "part.bet"), strict=True)


def test_magic_holds_its_offset() -> None:
    assert BETA.magic[0].matches(b"..BETA")
    assert not BETA.magic[0].matches(b"BETA..")
    assert ALPHA.magic[0].matches(b" " * 100 + b"%ALPHA")
    assert not ALPHA.magic[0].matches(b" " * 101 + b"%ALPHA")


def test_an_empty_file_is_said_to_be_empty() -> None:
    with pytest.raises(EmptyFileError, match=r"part\.alp"):
        registry(info("a")).detect(source(b""))


def test_an_unknown_file_names_what_can_be_read() -> None:
    with pytest.raises(UnsupportedFormatError, match="Readable formats: alpha"):
        registry(info("a")).detect(source(b"?", "part.xyz"))


def test_priority_decides_and_preference_wins() -> None:
    assert registry(info("a"), info("z", priority=60)).choose("alpha").name == "z"
    assert registry(info("a"), info("z", priority=60), prefer=(("alpha", "a"),)).choose("alpha").name == "a"


def test_a_tie_is_decided_by_name_with_a_warning() -> None:
    tied = registry(info("b"), info("a"))
    with pytest.warns(UserWarning, match="'a' is chosen by name"):
        assert tied.choose("alpha").name == "a"


def test_an_extractor_is_chosen_by_its_own_name() -> None:
    assert registry(info("a"), info("z", priority=60)).choose("a").name == "a"


def test_a_missing_plugin_says_how_to_install_it() -> None:
    with pytest.raises(MissingPluginError, match=r"pip install 'pybase-extraction\[pdf\]'"):
        registry(info("a")).choose("pdf")


def test_a_mistyped_format_suggests_the_near_one() -> None:
    with pytest.raises(MissingPluginError, match="Did you mean 'alpha'"):
        registry(info("a")).choose("alhpa")


def test_a_mistyped_format_that_is_not_installed_is_suggested_with_its_command() -> None:
    with pytest.raises(MissingPluginError, match=r"Did you mean .*'dxf' \(pip install 'pybase-extraction\[dxf\]'\)"):
        registry(info("acme.alpha", ALPHA)).choose("dfx")


def test_options_are_checked_against_the_model() -> None:
    made = registry(info("a"))
    assert made.validate_options("a", {"depth": 5}) == Options(depth=5)
    with pytest.raises(OptionsError, match="did you mean 'depth'") as caught:
        made.validate_options("a", {"deptj": 5})
    assert caught.value.errors[0][0] == "deptj"
    with pytest.raises(OptionsError, match="depth"):
        made.validate_options("a", {"depth": -1})


def test_options_may_be_those_of_one_format_among_several() -> None:
    made = registry(info("a"), info("acme.beta", BETA))
    said = {"a.depth": 2, "alpha.depth": 7, "acme.beta.depth": 3, "depth": 9}
    assert made.validate_options("a", said) == Options(depth=7)
    assert made.validate_options("acme.beta", said) == Options(depth=3)
    assert made.validate_options("acme.beta", {"alpha.depth": 7}) == Options()
    with pytest.raises(OptionsError, match="Options of 'a' are wrong: deptj"):
        made.validate_options("acme.beta", {"alpha.deptj": 7})
    with pytest.raises(OptionsError, match=r"gamma\.depth: there is no such option"):
        made.validate_options("a", {"gamma.depth": 7})


def test_the_schema_describes_the_options() -> None:
    assert registry(info("a")).options_schema("a")["properties"]["depth"]["description"] == "How deep to read."


def test_an_extractor_is_made_once() -> None:
    made = registry(info("a"))
    assert made.extractor("a") is made.extractor("a")


def test_a_reference_that_names_nothing_is_a_load_error() -> None:
    @hookimpl
    def pybase_extraction_register(registry):
        registry.add(info("a"), "tests.registry.test_registry:Missing")

    made = ExtractorRegistry()
    made.register(types.SimpleNamespace(pybase_extraction_register=pybase_extraction_register), "sample")
    with pytest.raises(PluginLoadError, match="'a' cannot be loaded"):
        made.extractor("a")


def test_a_configuration_crosses_processes_and_builds_the_same_registry() -> None:
    made = ExtractorRegistry.discover(block=["pdf"])
    again = ExtractorRegistry.from_config(made.config)
    assert [item.name for item in again.extractors()] == [item.name for item in made.extractors()]
    assert "pdf" not in {item.name for item in again.extractors()}


def test_an_implementation_takes_the_arguments_that_it_wants_and_no_others() -> None:
    class Frugal:
        @hookimpl
        def pybase_extraction_before_extract(self, options: object) -> None:
            raise LookupError(options)

    class Greedy:
        @hookimpl
        def pybase_extraction_before_extract(self, source: object, weather: object) -> None: ...

    made = registry()
    made.register(Frugal())
    with pytest.raises(LookupError, match="the options"):
        made.hook.pybase_extraction_before_extract(source=None, extractor=None, options="the options")
    with pytest.raises(PluginLoadError, match="weather"):
        made.register(Greedy())
