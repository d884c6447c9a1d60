"""What the documentation tells to deploy is what the command line and the tables understand."""

from __future__ import annotations

import configparser
import shlex
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from pybase_extraction.cli.jobs import worker
from pybase_extraction.repositories.migrations import upgrade

FOLDER = Path(__file__).parents[2] / "docs" / "deploy"


@pytest.fixture
def manifests() -> dict[str, Any]:
    return {item["kind"]: item for item in yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text("utf-8"))}


def options_of(command: list[str]) -> dict[str, Any]:
    program, verb, *arguments = command
    assert (Path(program).name, verb) == ("pybase-extract", "worker")
    with worker.make_context("worker", arguments) as context:
        return dict(context.params)


def test_the_deployment_starts_a_worker_that_its_probes_reach(manifests: dict[str, Any]) -> None:
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    options = options_of(container["command"])
    assert options["health_host"] == "0.0.0.0"
    assert container["ports"] == [{"name": "health", "containerPort": options["health_port"]}]
    for probe, path in (("startupProbe", "/live"), ("livenessProbe", "/live"), ("readinessProbe", "/ready")):
        assert container[probe]["httpGet"] == {"path": path, "port": "health"}
    assert pod["terminationGracePeriodSeconds"] > options["grace"]
    gibibytes = int(container["resources"]["limits"]["memory"].removesuffix("Gi"))
    assert gibibytes * 1024 > options["concurrency"] * options["memory"]


def test_the_scaling_counts_with_a_query_that_the_tables_know(
    manifests: dict[str, Any], postgres_database: str
) -> None:
    scaled = manifests["ScaledObject"]["spec"]
    assert scaled["scaleTargetRef"]["name"] == manifests["Deployment"]["metadata"]["name"]
    assert scaled["minReplicaCount"] >= 1, "somebody must notice what is due"
    upgrade(postgres_database)
    with psycopg.connect(postgres_database) as connection:
        assert connection.execute(scaled["triggers"][0]["metadata"]["query"]).fetchone() == (0,)


def test_the_unit_starts_a_worker_and_waits_for_its_drain() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((FOLDER / "pybase-extraction-worker.service").read_text("utf-8"))
    options = options_of(shlex.split(unit["Service"]["ExecStart"]))
    assert options["health_port"] is not None
    assert int(unit["Service"]["TimeoutStopSec"]) > options["grace"]
