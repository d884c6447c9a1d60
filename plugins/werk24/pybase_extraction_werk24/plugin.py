"""What the plugin registers; imports nothing of the Werk24 client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pybase_extraction.extractor import Diagnosis, ExtractorInfo, FormatInfo, Isolation
from pybase_extraction.hookspecs import hookimpl
from pybase_extraction.registry import Registration
from pybase_extraction_werk24 import __version__
from pybase_extraction_werk24.options import Werk24Options

SERVICE = "werk24"

# A format of its own that nothing is detected as: no file goes to a third party because of what it is.
DRAWING = FormatInfo(name="werk24", title="Drawing read by Werk24 (PDF, PNG, JPEG, TIFF)")


@hookimpl
def pybase_extraction_register(registry: Registration) -> None:
    """Register the extractor."""
    registry.add(
        ExtractorInfo(
            name="werk24",
            title="Werk24",
            version=__version__,
            formats=(DRAWING,),
            options=Werk24Options,
            isolation=Isolation.LOOP,
            network_service=SERVICE,
            hosts=("ws-api.w24.co", "api.w24.co"),
            max_retries=1,
        ),
        "pybase_extraction_werk24.extractor:Werk24Extractor",
    )


@hookimpl
def pybase_extraction_diagnose(credentials: Mapping[str, str]) -> Sequence[Diagnosis]:
    """Say whether there is a token and whether the service answers it; sends no drawing and waits 3 seconds at most."""
    if not credentials.get(SERVICE):
        return [
            Diagnosis(
                "werk24",
                is_ready=False,
                message="no key: set PYBASE_EXTRACTION_CREDENTIAL_WERK24, or give credentials={'werk24': token}",
            )
        ]
    from pybase_extraction_werk24.doctor import diagnose

    return [diagnose(credentials)]
