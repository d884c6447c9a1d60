"""The HTTP interface of PyBase's extraction, for any FastAPI application.

::

    manager = ExtractionManager(works=True)
    app.include_router(create_router(manager, current_user=current_user), prefix="/api/v1/extraction")
    app.include_router(create_ui_router(api="/api/v1/extraction"), prefix="/extraction")  # a page at /extraction/ui
"""

import importlib.util

from pybase_extraction.errors import MissingDependencyError

if importlib.util.find_spec("fastapi") is None:
    raise MissingDependencyError(
        "The HTTP interface needs fastapi.",
        extra="pybase-extraction[fastapi]",
        remedy="pip install 'pybase-extraction[fastapi]'.",
    )

from pybase_extraction.integrations.fastapi.context import Caller
from pybase_extraction.integrations.fastapi.router import create_router
from pybase_extraction.integrations.fastapi.ui import create_ui_router

__all__ = ["Caller", "create_router", "create_ui_router"]
