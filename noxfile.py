"""Everything that is done with a checkout, each task in an environment of its own.

``python3 noxfile.py demo`` needs nothing but Python and pip: it sets up nox in ``.nox`` first.  With nox installed,
``nox -s demo`` is the same.
"""

# /// script
# dependencies = ["nox[uv]>=2024.10"]
# ///

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".nox" / "tools"


def refuse_old_python(version: tuple[int, ...]) -> None:
    """Say what to do instead of failing later in words of others."""
    if version < (3, 11):
        found = ".".join(str(number) for number in version[:3])
        sys.exit(
            f"pybase_extraction needs Python 3.11 or newer, and this is {found} ({sys.executable}).\n"
            "Install a newer one and run this command with it, for example: python3.12 noxfile.py demo"
        )


def bootstrap() -> int:
    """Install nox and uv beside the checkout, and run this file's sessions with them."""
    refuse_old_python(sys.version_info)
    scripts = TOOLS / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    if not (scripts / ("nox.exe" if os.name == "nt" else "nox")).exists():
        print(f"Setting up nox in {TOOLS.relative_to(ROOT)} (once)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "nox>=2024.10", "uv>=0.5"], check=True)
    environment = os.environ | {"PATH": os.pathsep.join([str(scripts), os.environ.get("PATH", "")])}
    sessions = ["--sessions", *sys.argv[1:]] if len(sys.argv) > 1 else ["--list"]
    command = [str(python), "-m", "nox", "--noxfile", __file__, "--reuse-existing-virtualenvs", *sessions]
    return subprocess.run(command, check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(bootstrap())

import nox  # noqa: E402 -- not installed yet when this file is run as a script

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "types", "tests", "docs"]

PYTHONS = ["3.11", "3.12", "3.13"]
PLUGINS = sorted(path.name for path in (ROOT / "plugins").iterdir() if (path / "pyproject.toml").is_file())
SOURCES = ["pybase_extraction", *(f"plugins/{name}/pybase_extraction_{name}" for name in PLUGINS)]
EXTRAS = {"step": "[geometry]", "ifc": "[ids]", "dxf": "[preview]"}
"""Extras of the plugins that the tests need."""
GROUPS = {
    "bench-jobs": ["peers"],
    "score-made_tables": ["typesetting"],
    "score-table_confidence": ["typesetting"],
    "score-table_peers": ["typesetting"],
}
"""Dependency groups that some benchmarks and comparisons need."""
RIVALS = {"camelot": "camelot-py>=2", "img2table": "img2table>=2"}
"""Libraries that tables are compared with."""
LAST_RELEASE = "9d900b1af78b0724b26b592bfea060b138f27834"
"""What ``nox -s compatibility`` builds plugins from; nothing is released yet, so a commit stands where its tag will."""
COMPATIBILITY_TESTS = [f"tests/plugins/{name}/test_conformance.py" for name in ("dwg", "dxf", "ifc", "pdf", "step")]
# slow and chaos tests have sessions of their own, so that each stays bounded
QUICK = "not slow and not chaos and not corpus"
PARALLEL = ["-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]
"""Three processes on two cores, as many a test waits.  The tests of one file stay together, because they share servers,
and come in the order of folders, because the long files have few tests and would come last."""


def install(
    session: nox.Session, *groups: str, extras: str = "cli,postgres,s3,fastapi,dask,notebook", pinned: bool = True
) -> None:
    """Install the core and every plugin from this checkout, at the versions that are known to work together."""
    session.env["UV_PYTHON_DOWNLOADS"] = "never"
    # tests start hundreds of processes, in half the time where modules are compiled once; containers often forbid that
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    session.env["PYTHONPYCACHEPREFIX"] = str(ROOT / ".nox" / "compiled")
    editable = ["-e", f".[{extras}]"]
    for name in PLUGINS:
        editable += ["-e", f"plugins/{name}{EXTRAS.get(name, '')}"]
    constraints = ["--constraint", "constraints.txt"] if pinned else []
    session.install("--quiet", *editable, *dependency_group(*groups), *constraints)


def dependency_group(*names: str) -> list[str]:
    """Requirements of dependency groups in pyproject.toml."""
    groups = nox.project.load_toml(ROOT / "pyproject.toml")["dependency-groups"]
    return [requirement for name in names for requirement in groups[name]]


@nox.session(python=False)
def demo(session: nox.Session) -> None:
    """Set up .venv with everything and extract the sample files: the README's first command."""
    session.env["UV_PYTHON_DOWNLOADS"] = "never"
    python = ROOT / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        session.run("uv", "venv", "--quiet", "--python", sys.executable, ".venv", external=True)
    editable = ["-e", ".[cli,notebook]"]
    for name in PLUGINS:
        editable += ["-e", f"plugins/{name}" + ("[geometry]" if name == "step" else "")]
    session.run("uv", "pip", "install", "--quiet", "--python", str(python), *editable, external=True)
    tool = [str(python), "-m", "pybase_extraction"]
    samples = ROOT / "docs" / "samples"
    drawing = ["-o", "pdf.extract_title_block=true", "-o", "pdf.extract_dimensions=true"]
    session.run(*tool, "extract", *sorted(map(str, samples.iterdir())), *drawing, external=True)
    session.run(*tool, "jobs", "list", external=True)
    session.run(*tool, "doctor", external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test on this Python: the README's second command."""
    install(session, "test")
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session(python=PYTHONS)
def versions(session: nox.Session) -> None:
    """Run the quick tests on every supported Python that is present."""
    install(session, "test")
    session.run("pytest", *PARALLEL, "-m", QUICK, *session.posargs)


@nox.session
def lowest(session: nox.Session) -> None:
    """Run the quick tests with the lowest versions that the declared requirements allow."""
    session.env["UV_RESOLUTION"] = "lowest-direct"
    install(session, "test", pinned=False)
    session.run("pytest", *PARALLEL, "-m", QUICK, *session.posargs)


@nox.session
def newest(session: nox.Session) -> None:
    """Run the quick tests with the newest versions, pre-releases included."""
    session.env["UV_PRERELEASE"] = "allow"
    install(session, "test", pinned=False)
    session.run("pytest", *PARALLEL, "-m", QUICK, *session.posargs)


@nox.session
def wheels(session: nox.Session) -> None:
    """Build every wheel, install only those, and run the plugins' tests against them."""
    dist = build_wheels(session, ".", *(f"plugins/{name}" for name in PLUGINS))
    extras = [
        "pybase-extraction[cli,postgres]",
        *(f"pybase-extraction-{name}{extra}" for name, extra in EXTRAS.items()),
    ]
    wheels = map(str, dist.glob("*.whl"))
    session.install("--quiet", "--find-links", str(dist), *wheels, *extras, *dependency_group("test"))
    session.run("pytest", *PARALLEL, "-m", QUICK, "tests/plugins", "tests/registry", *session.posargs)


@nox.session(name="plugin-template")
def plugin_template(session: nox.Session) -> None:
    """Make a plugin as an author does, install it beside the core's wheel, and run its own checks."""
    dist = build_wheels(session, ".")
    tools = (*dependency_group("types", "lint"), "click", "rich", "pytest>=8.3")
    session.install("--quiet", *map(str, dist.glob("*.whl")), *tools)
    folder = dist.parent / "author"
    shutil.rmtree(folder, ignore_errors=True)
    session.run("pybase-extract", "plugin", "new", "acme-jt", "--output", str(folder))
    session.install("--quiet", "-e", str(folder / "acme-jt"))
    session.chdir(folder / "acme-jt")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy", "acme_jt", "tests")
    session.run("pytest")
    session.run("pybase-extract", "detect", "sample.jt")


@nox.session(name="example-plugin", reuse_venv=False)
def example_plugin(session: nox.Session) -> None:
    """Build the example plugin and the core as wheels, install nothing else, and run the plugin's tests there."""
    dist = build_wheels(session, ".", "docs/example-plugin")
    tools = ("click", "rich", "pytest>=8.3", "mypy>=1.14")
    session.install("--quiet", *map(str, dist.glob("*.whl")), *tools)
    # a copy elsewhere: neither the checkout's packages nor its settings of pytest may be found
    tests = dist.parent / "tests"
    shutil.rmtree(tests, ignore_errors=True)
    shutil.copytree(ROOT / "docs" / "example-plugin" / "tests", tests)
    session.chdir(dist.parent)
    session.run("mypy", "--strict", "-p", "acme_stl")
    session.run("pytest", "-q", "-W", "error", "--rootdir", str(tests), str(tests))
    session.run("pybase-extract", "plugins")


@nox.session(reuse_venv=False)
def compatibility(session: nox.Session) -> None:
    """Run the plugins of the last release, with the tests that they had, on the core of this checkout.

    ``nox -s compatibility -- REF`` takes another release.
    """
    released = session.posargs[0] if session.posargs else LAST_RELEASE
    folder = Path(session.create_tmp()).resolve() / "released"
    shutil.rmtree(folder, ignore_errors=True)
    unpack(session, released, folder, "plugins", "tests", "docs/samples", "pyproject.toml")
    dist = build_wheels(session, ".", *(str(path) for path in sorted((folder / "plugins").iterdir())))
    extras = [f"pybase-extraction-{name}{extra}" for name, extra in EXTRAS.items()]
    tools = [*dependency_group("test"), "click", "rich", "openpyxl", "pillow"]
    session.install("--quiet", "--find-links", str(dist), *map(str, dist.glob("*.whl")), *extras, *tools)
    session.chdir(folder)
    session.run("pytest", "-q", *PARALLEL, "-m", QUICK, *COMPATIBILITY_TESTS)


def unpack(session: nox.Session, ref: str, folder: Path, *paths: str) -> None:
    """Write paths as a commit has them into a folder; skips the session where the checkout has no history."""
    shallow = git("rev-parse", "--is-shallow-repository")
    if shallow.returncode or shallow.stdout.strip() == b"true":
        session.skip(f"{ref} is not here: this is no whole clone (git fetch --unshallow --tags)")
    archived = git("archive", "--format=tar", ref, *paths)
    if archived.returncode:
        session.error(f"{ref} cannot be unpacked: {archived.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as archive:
        archive.extractall(folder, filter="data")


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run git in the checkout."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)


def build_wheels(session: nox.Session, *folders: str) -> Path:
    """Build wheels of projects in the checkout into an empty folder; gives it."""
    dist = Path(session.create_tmp()).resolve() / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.install("--quiet", "build", "hatchling")
    for folder in folders:
        session.run("python", "-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist), folder, silent=True)
    return dist


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site; a warning is an error."""
    install(session, "docs")
    session.run("python", "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "docs", "site")


@nox.session
def pictures(session: nox.Session) -> None:
    """Make the picture and the terminal session of the README anew."""
    install(session, "pictures")
    session.run("python", "docs/record.py")


@nox.session(python=False)
def pins(session: nox.Session) -> None:
    """Write constraints.txt anew: the newest versions that resolve together on every supported Python."""
    selection = ["--all-packages", "--all-extras", "--all-groups", "--no-emit-workspace"]
    plain = ["--no-hashes", "--no-header", "--no-annotate", "--upgrade"]
    session.run("uv", "export", "--quiet", *selection, *plain, "--output-file", "constraints.txt", external=True)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install("--quiet", *dependency_group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly: core, plugins, and how users call them."""
    install(session, "test", "types")
    session.run("mypy", *SOURCES, "tests/typing")


def benches() -> list[str]:
    """Names of the benchmarks: modules in tests/bench that can be run."""
    return sorted(path.stem for path in (ROOT / "tests" / "bench").glob("*.py") if path.stem != "__init__")


def scores() -> list[str]:
    """Names of the comparisons with truths: modules in tests/score that can be run."""
    return sorted(path.stem for path in (ROOT / "tests" / "score").glob("*.py") if path.stem != "__init__")


def runnable(kind: str, name: str) -> None:
    """Make a session that runs one module of tests/bench or tests/score."""

    @nox.session(name=f"{kind}-{name.replace('_', '-')}")
    def run(session: nox.Session) -> None:
        groups = GROUPS.get(f"{kind}-{name}", [])
        install(session, "test", *groups)
        rivals = environments_of_rivals(session) if name == "table_peers" else []
        session.run("python", "-m", f"tests.{kind}.{name}", *rivals, *session.posargs)


def environments_of_rivals(session: nox.Session) -> list[str]:
    """Set up an environment for each library whose tables are compared: they replace each other's OpenCV."""
    found = []
    for name, requirement in RIVALS.items():
        folder = Path(session.create_tmp()).resolve() / name
        python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
        session.run("uv", "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(folder), external=True)
        session.run("uv", "pip", "install", "--quiet", "--python", str(python), requirement, external=True)
        found += [f"--{name}", str(python)]
    return found


for bench in benches():
    runnable("bench", bench)
for score in scores():
    runnable("score", score)


@nox.session
def mutations(session: nox.Session) -> None:
    """Damage every CAD sample two hundred times; the tests have fewer copies of those that are slow."""
    install(session, "test")
    session.run("python", "-m", "tests.corpus.mutations", "--count", "200", *session.posargs)


@nox.session(name="score-pdf")
def score_pdf(session: nox.Session) -> None:
    """Run every comparison of PDF readings with truths."""
    install(session, "test")
    for name in scores():
        if name.startswith("pdf_"):
            session.run("python", "-m", f"tests.score.{name}", *session.posargs)
