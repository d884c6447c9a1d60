"""Which extractors are installed, which one reads a file, and with which options.

Discovery is done entry point by entry point, each in a guard of its own: a plugin that is broken, slow or mistyped is
recorded in ``ExtractorRegistry.failures`` and the others load.  There is no global registry.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import logging
import queue
import threading
import traceback
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy
from pydantic import ValidationError

from pybase_extraction import hookspecs
from pybase_extraction.environment import read_environment
from pybase_extraction.errors import (
    EmptyFileError,
    FormatMismatchError,
    MissingPluginError,
    PluginLoadError,
    UnsupportedFormatError,
)
from pybase_extraction.extractor import (
    AnyExtractor,
    Diagnosis,
    Evidence,
    ExtractorInfo,
    ExtractorOptions,
    FormatInfo,
    Probe,
    Strength,
)
from pybase_extraction.option_errors import check_storable, options_error
from pybase_extraction.source import Source

if TYPE_CHECKING:
    from pybase_extraction.tracing import HookTrace

GROUP = "pybase_extraction"
DISTRIBUTION = "pybase-extraction"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RegistryConfig:
    """How a registry was built, so that a child process can build the same; cheap to pickle.

    Attributes:
        allow: Load only these entry points; None for all.
        block: Do not load these; wins over ``allow``.
        plugins: Names of further modules to load that are no entry points.
        prefer: For a format the extractor to choose before all others.
        strict: Raise instead of recording a failure.
        import_timeout_s: Seconds that one plugin may take to import.
    """

    allow: frozenset[str] | None = None
    block: frozenset[str] = frozenset()
    plugins: tuple[str, ...] = ()
    prefer: tuple[tuple[str, str], ...] = ()
    strict: bool = False
    import_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class PluginRecord:
    """A plugin that loaded.

    Attributes:
        name: Name of its entry point or module.
        module: Module that was imported.
        distribution: Distribution it came from, or None.
        version: Version of that distribution, or None.
        extractors: Names of the extractors that it added.
        hooks: Names of the hooks that it implements.
    """

    name: str
    module: str
    distribution: str | None
    version: str | None
    extractors: tuple[str, ...]
    hooks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """A plugin that did not load.

    Attributes:
        name: Name of its entry point or module.
        module: Module that was to be imported.
        distribution: Distribution it came from, or None.
        version: Version of that distribution, or None.
        stage: ``import``, ``hooks`` or ``register``.
        message: One sentence for people.
        traceback: For operators; empty when there is none.
    """

    name: str
    module: str
    distribution: str | None
    version: str | None
    stage: str
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class _Registered:
    info: ExtractorInfo
    reference: str
    plugin: str


class Registration:
    """What a plugin's ``pybase_extraction_register`` is given; takes effect only if the plugin registers to its end."""

    def __init__(self, plugin: str) -> None:
        self._plugin = plugin
        self.added: list[_Registered] = []

    def add(self, info: ExtractorInfo, reference: str) -> None:
        """Add an extractor.

        Args:
            info: What it says of itself.
            reference: ``"module:Class"``, imported when the extractor is first used.
        """
        if reference.count(":") != 1:
            raise ValueError(f"extractor {info.name!r}: {reference!r} is not of the form 'module:Class'")
        self.added.append(_Registered(info, reference, self._plugin))


@dataclass(frozen=True, slots=True)
class Detection:
    """What a file was taken for.

    Attributes:
        format: Name of the format.
        evidence: Everything that speaks for any format, strongest first.
        contradictions: What the name, the media type or the caller says of another format than the one chosen.
    """

    format: str
    evidence: tuple[Evidence, ...]
    contradictions: tuple[Evidence, ...]


class ExtractorRegistry:
    """The extractors that are available; safe to share between threads once built."""

    def __init__(self, config: RegistryConfig | None = None) -> None:
        self.config = config or RegistryConfig()
        self.plugins: list[PluginRecord] = []
        self.failures: list[PluginFailure] = []
        self._registered: dict[str, _Registered] = {}
        self._instances: dict[str, AnyExtractor] = {}
        self._choices: dict[str, list[ExtractorInfo]] = {}
        self._lock = threading.Lock()
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._trace: HookTrace | None = None
        if read_environment().trace:
            from pybase_extraction.tracing import HookTrace

            self._trace = HookTrace(self._manager)
        for module in self.config.plugins:
            self._load(_Candidate(name=module, module=module, distribution=None, version=None))

    @classmethod
    def discover(
        cls,
        *,
        allow: Iterable[str] | None = None,
        block: Iterable[str] | None = None,
        plugins: Sequence[str] = (),
        prefer: Mapping[str, str] | None = None,
        strict: bool = False,
        import_timeout_s: float = 10.0,
    ) -> ExtractorRegistry:
        """Build a registry from the installed plugins.

        Args:
            allow: Names of entry points to load, all others are left out; the environment variable when None.
            block: Names of entry points not to load; the environment variable when None.
            plugins: Modules to load besides.
            prefer: For a format the extractor to choose before all others.
            strict: Raise at the first plugin that does not load.
            import_timeout_s: Seconds that one plugin may take to import.

        Raises:
            PluginLoadError: ``strict``, and a plugin did not load.
        """
        environment = read_environment()
        return cls.from_config(
            RegistryConfig(
                allow=environment.allow if allow is None else frozenset(allow),
                block=environment.block if block is None else frozenset(block),
                plugins=tuple(plugins),
                prefer=tuple(sorted((prefer or {}).items())),
                strict=strict,
                import_timeout_s=import_timeout_s,
            )
        )

    @classmethod
    def from_config(cls, config: RegistryConfig) -> ExtractorRegistry:
        """Build the registry that a configuration describes, entry points included."""
        registry = cls(config)
        for candidate in _entry_points():
            if config.allow is not None and candidate.name not in config.allow:
                continue
            if candidate.name not in config.block:
                registry._load(candidate)
        return registry

    @property
    def hook(self) -> pluggy.HookRelay:
        """The hooks of the plugins that loaded."""
        return self._manager.hook

    def call(self, implementation: pluggy.HookImpl, **given: Any) -> object:
        """Call one implementation of a hook with those arguments that it takes."""
        if self._trace is not None:
            return self._trace.call(implementation, implementation.function.__name__, given)
        answer: object = implementation.function(*(given[name] for name in implementation.argnames))
        return answer

    def register(self, plugin: object, name: str | None = None) -> None:
        """Load a plugin that is an object of this process, for example in a notebook.

        Child processes do not see it: give modules by name in ``RegistryConfig.plugins`` for those.

        Raises:
            PluginLoadError: It could not be registered.
        """
        shown = name or str(getattr(plugin, "__name__", type(plugin).__name__))
        self._adopt(_Candidate(shown, shown, None, None), plugin)

    def extractors(self) -> list[ExtractorInfo]:
        """Every extractor, by name."""
        return [self._registered[name].info for name in sorted(self._registered)]

    def formats(self) -> dict[str, list[ExtractorInfo]]:
        """For every format its extractors, the one that would be chosen first."""
        return {name: list(candidates) for name, candidates in self._choices.items()}

    def _ranked_formats(self) -> dict[str, list[ExtractorInfo]]:
        found: dict[str, list[ExtractorInfo]] = {}
        for info in self.extractors():
            for format_info in info.formats:
                found.setdefault(format_info.name, []).append(info)
        return {name: self._ranked(name, found[name]) for name in sorted(found)}

    def format_info(self, name: str) -> FormatInfo:
        """Describe a format.

        Raises:
            MissingPluginError: No installed extractor reads it.
        """
        for info in self.extractors():
            for format_info in info.formats:
                if format_info.name == name:
                    return format_info
        raise self._missing(name)

    def info(self, name: str) -> ExtractorInfo:
        """Describe an extractor.

        Raises:
            MissingPluginError: It is not installed.
        """
        registered = self._registered.get(name)
        if registered is None:
            raise self._missing(name)
        return registered.info

    def extractor(self, name: str) -> AnyExtractor:
        """Give the extractor itself; imports its module on first use.

        Raises:
            MissingPluginError: It is not installed.
            PluginLoadError: Its module cannot be imported.
        """
        self.info(name)
        with self._lock:
            if name not in self._instances:
                self._instances[name] = _make(self._registered[name])
            return self._instances[name]

    def choose(self, format: str) -> ExtractorInfo:  # noqa: A002 -- the vocabulary's word
        """Choose the extractor for a format, or the extractor of that name.

        The host's preference wins, then priority; a tie is decided by name, with a warning.

        Raises:
            MissingPluginError: There is none.
        """
        candidates = self._choices.get(format)
        if candidates:
            self._warn_of_tie(format, candidates)
            return candidates[0]
        return self.info(format)

    def validate_options(self, name: str, options: Mapping[str, Any] | ExtractorOptions | None) -> ExtractorOptions:
        """Check options against an extractor's model.

        An option whose name begins with that of an extractor or a format concerns no other: ``{"pdf.pages": [1],
        "ifc.include_geometry": True}`` can be said of files of several formats at once.  Those of the others are
        checked, and left out.

        Raises:
            MissingPluginError: The extractor is not installed.
            OptionsError: An option is unknown or has a wrong value.
        """
        info = self.info(name)
        if isinstance(options, info.options):
            return options
        given = options.model_dump() if isinstance(options, ExtractorOptions) else dict(options or {})
        check_storable(given)
        given = self._own_options(info, given)
        try:
            return info.options.model_validate(given)
        except ValidationError as exc:
            raise options_error(info, exc, self.extractors()) from exc

    def _own_options(self, info: ExtractorInfo, given: dict[str, Any]) -> dict[str, Any]:
        names = {info.name, *(known.name for known in info.formats)}
        own, more, of_others = {}, {}, defaultdict[str, dict[str, Any]](dict)
        for key, value in given.items():
            prefix, _, option = str(key).rpartition(".")
            if prefix in names:
                more[option] = value
            elif prefix in self._registered or prefix in self._choices:
                of_others[self.choose(prefix).name][option] = value
            else:
                own[key] = value
        for name, options in of_others.items():
            self.validate_options(name, options)
        return own | more

    def options_schema(self, name: str) -> dict[str, Any]:
        """JSON Schema of an extractor's options."""
        return self.info(name).options.model_json_schema()

    def diagnose(self, credentials: Mapping[str, str]) -> list[Diagnosis]:
        """Ask every plugin what its extractors need and whether it is there, by name of the extractor."""
        answers = self.hook.pybase_extraction_diagnose(credentials=credentials)
        return sorted((item for answer in answers for item in answer), key=lambda item: item.extractor)

    def detect(self, source: Source, *, hint: str | None = None, strict: bool = False) -> Detection:
        """Tell the format of a file by what it is rather than what it is called.

        Args:
            source: The file.
            hint: What the caller believes; the weakest evidence.
            strict: Raise when the name, media type or hint contradicts the content.

        Raises:
            EmptyFileError: It has no bytes.
            UnsupportedFormatError: Nothing speaks for any installed format.
            FormatMismatchError: ``strict``, and there is a contradiction.
        """
        if source.size == 0:
            raise EmptyFileError(f"{source.name!r} is empty (0 bytes).", name=source.name, remedy="Upload it again.")
        evidence = sorted(self._evidence(source, hint), key=lambda item: (-item.strength, item.format, item.reason))
        if not evidence:
            raise UnsupportedFormatError(
                f"No installed extractor reads {source.name!r}.",
                name=source.name,
                remedy=self._advice_for_unreadable(source.extension[1:]),
            )
        best = evidence[0].format
        told = {item.format for item in evidence if item.strength == evidence[0].strength}
        # weaker evidence of the content is only less exact: an IFC file begins like every file of ISO 10303-21
        contradictions = tuple(item for item in evidence if item.format not in told and item.strength < Strength.MAGIC)
        if strict and contradictions:
            raise FormatMismatchError(
                f"{source.name!r} is {best} by its content ({evidence[0].reason}), "
                f"but {contradictions[0].reason} says {contradictions[0].format}.",
                name=source.name,
                format=best,
                remedy="Rename the file, or leave strict off.",
            )
        return Detection(best, tuple(evidence), contradictions)

    def _evidence(self, source: Source, hint: str | None) -> Iterator[Evidence]:
        probe = Probe(source.name, source.media_type, source.head(Probe.HEAD_SIZE), source)
        described = {item.name: item for info in self.extractors() for item in info.formats}
        if hint in described:
            yield Evidence(str(hint), Strength.HINT, "the caller's word")
        for item in described.values():
            if source.extension in item.extensions:
                yield Evidence(item.name, Strength.EXTENSION, f"the extension {source.extension}")
            if source.media_type and source.media_type.partition(";")[0].strip().lower() in item.media_types:
                yield Evidence(item.name, Strength.MEDIA_TYPE, f"the media type {source.media_type}")
            if any(magic.matches(probe.head) for magic in item.magic):
                yield Evidence(item.name, Strength.MAGIC, "its first bytes")
        for found in self.hook.pybase_extraction_detect(probe=probe):
            yield from [found] if isinstance(found, Evidence) else found

    def _ranked(self, name: str, candidates: list[ExtractorInfo]) -> list[ExtractorInfo]:
        preferred = dict(self.config.prefer).get(name)
        return sorted(candidates, key=lambda info: (info.name != preferred, -info.priority, info.name))

    def _warn_of_tie(self, name: str, candidates: list[ExtractorInfo]) -> None:
        first, *others = candidates
        if others and others[0].priority == first.priority and dict(self.config.prefer).get(name) != first.name:
            warnings.warn(
                f"extractors {first.name!r} and {others[0].name!r} both read {name!r} with priority {first.priority}; "
                f"{first.name!r} is chosen by name. Decide with prefer={{{name!r}: ...}}.",
                stacklevel=3,
            )

    def _missing(self, name: str) -> MissingPluginError:
        if (told := self._told_not_to_load(name)) is not None:
            return MissingPluginError(f"The plugin {name!r} is left out.", plugin=name, remedy=told)
        failed = next((failure for failure in self.failures if failure.name == name), None)
        if failed is not None:
            return MissingPluginError(
                f"The plugin {name!r} did not load: {failed.message}",
                plugin=name,
                remedy="See: pybase-extract plugins.",
            )
        if name in _installable():
            return MissingPluginError(
                f"The plugin for {name!r} is not installed.", plugin=name, remedy=f"Install it: {_command(name)}."
            )
        known = sorted({*self._registered, *self.formats()})
        near = difflib.get_close_matches(name, {*known, *_installable()}, n=2)
        shown = " or ".join(repr(each) if each in known else f"{each!r} ({_command(each)})" for each in near)
        advice = f"Did you mean {shown}?" if near else f"There are: {', '.join(known) or 'none'}."
        return MissingPluginError(f"There is no extractor or format {name!r}.", plugin=name, remedy=advice)

    def _told_not_to_load(self, name: str) -> str | None:
        if name in self.config.block:
            return f"Take {name!r} out of PYBASE_EXTRACTION_BLOCK, or of block=."
        if self.config.allow is not None and name not in self.config.allow:
            return f"Add {name!r} to PYBASE_EXTRACTION_ALLOW, or to allow=."
        return None

    def _advice_for_unreadable(self, extension: str) -> str:
        absent = sorted(_installable() - {item.name for item in self.plugins})
        if extension in absent:
            return self._missing(extension).remedy or ""
        known = ", ".join(self.formats()) or "none: no plugin is installed"
        advice = f"Readable formats: {known}."
        if absent:
            advice += f" To be installed: {', '.join(absent)}, for example {_command(absent[0])}."
        return f"{advice} Save the file as one of them, or name its format with format= if you know better."

    def _load(self, candidate: _Candidate) -> None:
        try:
            self._adopt(candidate, candidate.load(self.config.import_timeout_s))
        except PluginLoadError as exc:
            if self.config.strict:
                raise
            logger.warning("plugin %s did not load: %s", candidate.name, exc.message)
            self.failures.append(candidate.failure(exc))

    def _adopt(self, candidate: _Candidate, plugin: object) -> None:
        try:
            self._manager.register(plugin, name=candidate.name)
        except ValueError as exc:
            other = next((record for record in self.plugins if record.name == candidate.name), None)
            origin = f" by {other.distribution} {other.version}" if other else ""
            raise PluginLoadError(
                f"a plugin of that name is already registered{origin}", plugin=candidate.name, stage="register"
            ) from exc
        except pluggy.PluginValidationError as exc:
            if self._manager.is_registered(plugin):  # some releases of pluggy leave half of the plugin behind
                self._manager.unregister(plugin)
            raise PluginLoadError(str(exc), plugin=candidate.name, stage="hooks") from exc
        try:
            hooks = _hooks(self._manager, plugin, candidate.name)
            added = self._run_register(candidate.name, plugin)
        except PluginLoadError:
            self._manager.unregister(plugin)
            raise
        self._registered.update({item.info.name: item for item in added})
        # every attempt asks, and only a registration changes the answer
        self._choices = self._ranked_formats()
        names = tuple(item.info.name for item in added)
        self.plugins.append(
            PluginRecord(candidate.name, candidate.module, candidate.distribution, candidate.version, names, hooks)
        )

    def _run_register(self, name: str, plugin: object) -> list[_Registered]:
        registration = Registration(name)
        caller = self._manager.hook.pybase_extraction_register
        for implementation in caller.get_hookimpls():
            if implementation.plugin is plugin:
                try:
                    self.call(implementation, registry=registration)
                except Exception as exc:
                    raise PluginLoadError(
                        f"its registration failed: {type(exc).__name__}: {exc}", plugin=name, stage="register"
                    ) from exc
        for item in registration.added:
            if holder := self._registered.get(item.info.name):
                raise PluginLoadError(
                    f"its extractor {item.info.name!r} is already registered by plugin {holder.plugin!r}",
                    plugin=name,
                    stage="register",
                    remedy="Uninstall or block one of the two.",
                )
        return registration.added


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    module: str
    distribution: str | None
    version: str | None

    @classmethod
    def from_entry_point(cls, entry: importlib.metadata.EntryPoint) -> _Candidate:
        if entry.dist is None:
            return cls(entry.name, entry.module, None, None)
        return cls(entry.name, entry.module, entry.dist.name, entry.dist.version)

    def load(self, timeout_s: float) -> ModuleType:
        """Import the module in a thread of its own: a hanging import cannot be stopped, only left behind."""
        answer: queue.SimpleQueue[ModuleType | BaseException] = queue.SimpleQueue()

        def work() -> None:
            try:
                answer.put(importlib.import_module(self.module))
            except BaseException as exc:  # noqa: BLE001 -- whatever third-party code raises is its failure
                answer.put(exc)

        threading.Thread(target=work, name=f"import {self.module}", daemon=True).start()
        try:
            found = answer.get(timeout=timeout_s)
        except queue.Empty:
            raise PluginLoadError(
                f"importing {self.module!r} did not finish within {timeout_s:g} s", plugin=self.name, stage="import"
            ) from None
        if isinstance(found, BaseException):
            raise PluginLoadError(
                f"importing {self.module!r} raised {type(found).__name__}: {found}", plugin=self.name, stage="import"
            ) from found
        return found

    def failure(self, error: PluginLoadError) -> PluginFailure:
        lines = traceback.format_exception(error.__cause__) if error.__cause__ else []
        return PluginFailure(
            self.name, self.module, self.distribution, self.version, error.stage or "import", str(error), "".join(lines)
        )


def _entry_points() -> list[_Candidate]:
    # a set: a path that stands twice on sys.path lists its distributions twice
    found = {_Candidate.from_entry_point(entry) for entry in importlib.metadata.entry_points(group=GROUP)}
    return sorted(found, key=lambda item: (item.name, item.distribution or "", item.module))


def _hooks(manager: pluggy.PluginManager, plugin: object, name: str) -> tuple[str, ...]:
    known = [item for item in dir(hookspecs) if item.startswith(hookspecs.PREFIX)]
    implemented = sorted(caller.name for caller in manager.get_hookcallers(plugin) or ())
    # pluggy keeps silent about a hook without a specification
    for hook in [*implemented, *(item for item in dir(plugin) if item.startswith(hookspecs.PREFIX))]:
        if hook not in known:
            near = difflib.get_close_matches(hook, known, n=1)
            advice = f"Did you mean {near[0]!r}?" if near else f"Hooks are: {', '.join(known)}."
            raise PluginLoadError(f"there is no hook {hook!r}", plugin=name, stage="hooks", remedy=advice)
    return tuple(implemented)


def _make(registered: _Registered) -> AnyExtractor:
    module, _, attribute = registered.reference.partition(":")
    try:
        extractor: AnyExtractor = getattr(importlib.import_module(module), attribute)()
    except (ImportError, AttributeError) as exc:
        raise PluginLoadError(
            f"the extractor {registered.info.name!r} cannot be loaded from {registered.reference!r}: {exc}",
            plugin=registered.plugin,
            stage="import",
        ) from exc
    return extractor


def _command(extra: str) -> str:
    return f"pip install '{DISTRIBUTION}[{extra}]'"


@lru_cache(maxsize=1)  # reads and parses a file of metadata: 0.7 ms
def _installable() -> frozenset[str]:
    """Extras of this library that bring a plugin, from its own metadata: the code knows no format."""
    try:
        requirements = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return frozenset()
    extras = set()
    for requirement in requirements:
        head, _, marker = requirement.partition("; extra == ")
        extra = marker.strip("'\" ")
        if extra and head.partition("[")[0] == f"{DISTRIBUTION}-{extra}":
            extras.add(extra)
    return frozenset(extras)
