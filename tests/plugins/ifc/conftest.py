"""Models for the tests of the IFC plugin: a whole house, and hand-written files that show one thing each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pybase_extraction.extractor import ExtractionContext
from pybase_extraction.results import ExtractionResult
from pybase_extraction.source import Source
from pybase_extraction_ifc.extractor import IfcExtractor
from pybase_extraction_ifc.options import IfcOptions

Extract = Callable[..., ExtractionResult]


@pytest.fixture(scope="session")
def houses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The house in every schema."""
    from tests.samples.make_ifc import write_sample

    folder = tmp_path_factory.mktemp("houses")
    paths = {schema: folder / f"house-{schema}.ifc" for schema in ("IFC2X3", "IFC4", "IFC4X3")}
    for schema, path in paths.items():
        write_sample(path, schema)
    return paths


@pytest.fixture
def extract(tmp_path: Path) -> Extract:
    """Extract a file, given as a path or as its content."""

    def run(what: Path | bytes | str, *, name: str = "model.ifc", context=None, **options: object) -> ExtractionResult:
        data = what.encode("ascii") if isinstance(what, str) else what
        source = Source.from_path(data) if isinstance(data, Path) else Source.from_bytes(data, name=name)
        context = context or ExtractionContext(scratch=tmp_path)
        return IfcExtractor().extract(source, IfcOptions.model_validate(options), context)

    return run


@pytest.fixture
def model() -> Callable[..., str]:
    """Write a file with a project in millimetres around some instances; numbers from 100 on are free."""

    def write(body: str, schema: str = "IFC4", units: str = "#11,#12,#13,#14") -> str:
        rest = ",$" * 3
        return (
            "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('a.ifc','',(''),(''),'','','');\n"
            f"FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n"
            f"#1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,$,#10);\n#10=IFCUNITASSIGNMENT(({units}));\n"
            "#11=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);\n#12=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.);\n"
            "#13=IFCSIUNIT(*,.VOLUMEUNIT.,.MILLI.,.CUBIC_METRE.);\n#14=IFCSIUNIT(*,.MASSUNIT.,.KILO.,.GRAM.);\n"
            f"#20=IFCWALL('0000000000000000000002',$,'W','a wall',{'$' + rest}"
            f"{'' if schema.startswith('IFC2') else ',$'});\n{body}\nENDSEC;\nEND-ISO-10303-21;\n"
        )

    return write
