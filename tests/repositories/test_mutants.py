"""A proof that cannot fail proves nothing: repositories that are broken on purpose must not pass the suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from pybase_extraction.repositories.prepared import Prepared
from pybase_extraction.repositories.sql import SqlJobRepository
from pybase_extraction.testing.repository import RepositoryConformance
from tests.repositories.harness import Opened

pytestmark = pytest.mark.anyio

Mutation = Callable[[SqlJobRepository], None]


def rewriting(fragment: str, instead: str) -> Mutation:
    """Change the text of every statement that has the fragment."""

    def mutate(repository: SqlJobRepository) -> None:
        found = 0
        with repository.engine.connect() as connection:
            for statement in prepared(repository):
                compiled = statement.compiled(connection)
                found += fragment in compiled.text
                compiled.text = compiled.text.replace(fragment, instead)
        assert found, f"no statement has {fragment!r}"

    return mutate


def prepared(repository: SqlJobRepository) -> list[Prepared]:
    made = vars(repository._operations.statements).values()
    return [item for value in made for item in (value.values() if isinstance(value, dict) else [value])
            if isinstance(item, Prepared)]  # fmt: skip


def together(*mutations: Mutation) -> Mutation:
    def mutate(repository: SqlJobRepository) -> None:
        for each in mutations:
            each(repository)

    return mutate


def on_each_database(*, sqlite: Mutation, postgresql: Mutation) -> Mutation:
    return lambda repository: (sqlite if repository.engine.dialect.name == "sqlite" else postgresql)(repository)


def claiming(name: str) -> Mutation:
    return rewriting(f"{name}.status = 'pending'", f"{name}.status IN ('pending', 'processing')")


JOBS = "extraction_jobs"
ALIASES = (f"{JOBS}_1", f"{JOBS}_2", f"{JOBS}_3")
MUTANTS = {
    "the fence": rewriting(f"{JOBS}.attempt = d.attempt", "1 = 1"),
    "the status of what is settled": on_each_database(
        sqlite=rewriting(f"(+ {JOBS}.status) = 'processing' AND (d.only_expired", "(d.only_expired"),
        postgresql=rewriting(f"({JOBS}.status || '') = 'processing' AND (d.only_expired", "(d.only_expired"),
    ),
    # everywhere in the claim: in what it takes, what it locks and what it looks at
    "the status of what is claimed": on_each_database(
        # without the hint, because a partial index cannot answer the mutant's question
        sqlite=together(
            rewriting(f'INDEXED BY "ix_{JOBS}_ready"', ""),
            rewriting(f"(+ {JOBS}.status) = 'pending'", f"{JOBS}.status IN ('pending', 'processing')"),
            *(claiming(name) for name in ("head", *ALIASES)),
        ),
        postgresql=together(
            *(claiming(name) for name in ("head", *ALIASES)),
            *(
                rewriting(f"({name}.status || '') = 'pending'", f"{name}.status IN ('pending', 'processing')")
                for name in (JOBS, "lockable")
            ),
        ),
    ),
    "the growth of the token": rewriting(f"attempt=({JOBS}.attempt + ", f"attempt=({JOBS}.attempt + 0 * "),
    # of a heartbeat only: a claim has no lease that would be kept
    "the extension of the lease": rewriting(
        "SET lease_expires_at=(", f"SET lease_expires_at=coalesce({JOBS}.lease_expires_at, "
    ),
    "the expiry of what is rescued": rewriting("lease_expires_at < ", "created_at <= "),
}

SUITE = RepositoryConformance()
FOUND_BY: dict[str, Callable[..., Any]] = {
    "the fence": SUITE.test_a_zombie_is_refused_everything_and_its_heirs_outcome_stays,
    "the status of what is settled": SUITE.test_a_settlement_counts_once,
    "the status of what is claimed": SUITE.test_a_claim_takes_the_urgent_and_then_the_oldest,
    "the growth of the token": SUITE.test_releases_cost_no_retry_and_the_token_grows,
    "the extension of the lease": SUITE.test_a_heartbeat_keeps_a_lease_and_its_absence_loses_it,
    "the expiry of what is rescued": SUITE.test_a_rescue_does_not_take_from_the_living,
}


def arguments(test: Callable[..., Any], harness: Opened) -> list[Any]:
    both = {"repository": harness.repository, "elapse": harness.elapse}
    return [both[name] for name in test.__code__.co_varnames[1 : test.__code__.co_argcount]]


@pytest.mark.parametrize("taken_out", MUTANTS)
async def test_a_mutant_does_not_pass_and_the_original_does(taken_out: str, harness: Opened) -> None:
    test = FOUND_BY[taken_out]
    await test(*arguments(test, harness))
    repository = harness.repository
    assert isinstance(repository, SqlJobRepository)

    def empty(connection: sa.Connection) -> None:
        for table in repository.tables.all:
            connection.execute(sa.delete(table))

    await repository._transact(empty)
    MUTANTS[taken_out](repository)
    with pytest.raises((AssertionError, KeyError, ValueError, sa.exc.IntegrityError)):
        await test(*arguments(test, harness))
