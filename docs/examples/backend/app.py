"""A backend that mounts the extraction, as PyBase would: ``uvicorn --app-dir docs/examples/backend app:app``.

Two users and a superuser, told by a bearer token; a real host checks its own sessions here.  Files and jobs are kept
where PYBASE_EXTRACTION_STORAGE, PYBASE_EXTRACTION_DB and PYBASE_EXTRACTION_HOME say.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from pybase_extraction import ExtractionManager
from pybase_extraction.integrations.fastapi import create_router


@dataclass(frozen=True)
class Person:
    id: str
    is_superuser: bool = False


PEOPLE = {
    "mara-token": Person("mara"),
    "noor-token": Person("noor"),
    "root-token": Person("root", is_superuser=True),
}
bearer = HTTPBearer(auto_error=False)


def current_user(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Person:
    person = PEOPLE.get(given.credentials) if given else None
    if person is None:
        raise HTTPException(401, "Who are you?")
    return person


manager = ExtractionManager()


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with manager:
        yield


app = FastAPI(title="Backend with extraction", lifespan=lifespan)
app.include_router(create_router(manager, current_user=current_user), prefix="/api/v1/extraction")
