"""Discovery with distributions that are really installed, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.registry.distributions import PLUGIN, build_wheel, install

MISTYPED = PLUGIN.format(name="mistyped", module="mistyped_plugin").replace("_register(", "_registre(")
EXTRA_ARGUMENT = PLUGIN.format(name="wrongargs", module="wrongargs_plugin").replace("(registry)", "(registry, mood)")
DISTRIBUTIONS = {
    "good": PLUGIN.format(name="good", module="good_plugin"),
    "broken": "import no_such_library",
    "exits": "import sys; sys.exit('not on this machine')",
    "hanging": "import time; time.sleep(60)",
    "mistyped": MISTYPED,
    "wrongargs": EXTRA_ARGUMENT,
    # registers one extractor of its own before it takes a name that exists: neither may stay
    "takesname": PLUGIN.format(name="own", module="takesname_plugin")
    + '    registry.add(ExtractorInfo("good", "Thief", "1.0", (FormatInfo("good", "Thief"),)), "a:B")\n',
}
REPORT = """
import json, sys
from pybase_extraction.registry import ExtractorRegistry
registry = ExtractorRegistry.discover(import_timeout_s=1.0, **json.loads(sys.argv[1]))
print(json.dumps({
    "plugins": {p.name: [p.distribution, p.version, list(p.extractors), list(p.hooks)] for p in registry.plugins},
    "failures": {f"{f.name} of {f.distribution}": [f.stage, f.message, f.traceback] for f in registry.failures},
    "extractors": [info.name for info in registry.extractors()],
}))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wheels = tmp_path_factory.mktemp("wheels")
    target = tmp_path_factory.mktemp("site")
    built = [
        build_wheel(wheels, f"sample-{name}", name, f"{name}_plugin", code) for name, code in DISTRIBUTIONS.items()
    ]
    built.append(build_wheel(wheels, "sample-twin", "good", "twin_plugin", PLUGIN.format(name="twin", module="twin")))
    install(built, target)
    return target


def discover(site: Path, environment: dict[str, str] | None = None, **arguments: object) -> dict:
    command = [sys.executable, "-c", REPORT, json.dumps(arguments)]
    env = {**os.environ, "PYTHONPATH": str(site), **(environment or {})}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def report(site: Path) -> dict:
    return discover(site)


def test_a_good_plugin_loads_beside_broken_ones(report: dict) -> None:
    assert report["plugins"]["good"] == ["sample-good", "1.0", ["good"], ["pybase_extraction_register"]]
    assert {"pdf", "dxf", "ifc", "step", "werk24"} <= set(report["plugins"])


@pytest.mark.parametrize(
    ("failure", "stage", "words"),
    [
        ("broken of sample-broken", "import", "No module named 'no_such_library'"),
        ("exits of sample-exits", "import", "SystemExit: not on this machine"),
        ("hanging of sample-hanging", "import", "did not finish within 1 s"),
        ("mistyped of sample-mistyped", "hooks", "Did you mean 'pybase_extraction_register'?"),
        ("wrongargs of sample-wrongargs", "hooks", "mood"),
        ("good of sample-twin", "register", "already registered by sample-good 1.0"),
        ("takesname of sample-takesname", "register", "extractor 'good' is already registered by plugin 'good'"),
    ],
)
def test_a_bad_plugin_is_recorded_with_stage_and_reason(report: dict, failure: str, stage: str, words: str) -> None:
    found_stage, message, _ = report["failures"][failure]
    assert found_stage == stage
    assert words in message


def test_the_traceback_of_a_broken_import_is_kept_for_operators(report: dict) -> None:
    assert "ModuleNotFoundError" in report["failures"]["broken of sample-broken"][2]


def test_a_plugin_that_fails_halfway_leaves_nothing_behind(report: dict) -> None:
    assert "own" not in report["extractors"]
    assert "twin" not in report["extractors"]


def test_only_allowed_plugins_are_imported(site: Path) -> None:
    report = discover(site, allow=["good"])
    assert report["extractors"] == ["good"]
    assert list(report["failures"]) == ["good of sample-twin"]


def test_blocked_plugins_are_not_imported_even_when_allowed(site: Path) -> None:
    report = discover(site, allow=["good", "broken"], block=["broken"])
    assert list(report["failures"]) == ["good of sample-twin"]


def test_environment_variables_say_what_to_load(site: Path) -> None:
    variables = {"PYBASE_EXTRACTION_ALLOW": "good, hanging", "PYBASE_EXTRACTION_BLOCK": "hanging"}
    assert discover(site, variables)["extractors"] == ["good"]


def test_arguments_win_over_environment_variables(site: Path) -> None:
    report = discover(site, {"PYBASE_EXTRACTION_BLOCK": "good"}, allow=["good"], block=[])
    assert report["extractors"] == ["good"]


def test_strict_discovery_raises_at_the_first_failure(site: Path) -> None:
    command = [sys.executable, "-c", REPORT, json.dumps({"strict": True, "allow": ["broken"]})]
    env = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=False, timeout=60)
    assert done.returncode == 1
    assert "PluginLoadError: importing 'broken_plugin' raised ModuleNotFoundError" in done.stderr
