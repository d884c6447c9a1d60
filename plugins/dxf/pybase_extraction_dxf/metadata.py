"""What a drawing says of itself: version, dates, who saved it, and its unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pybase_extraction.results import Issue, Severity
from pybase_extraction_dxf.geolocation import design_facts
from pybase_extraction_dxf.scan import Scan
from pybase_extraction_dxf.tags import Record, number

UNITS = {
    1: "in", 2: "ft", 3: "mi", 4: "mm", 5: "cm", 6: "m", 7: "km", 8: "µin", 9: "mil", 10: "yd", 12: "nm", 13: "µm",
    14: "dm", 21: "ft_us",
}  # fmt: skip
"""$INSUNITS (DXF reference, HEADER section); the astronomical and the rarest ones are left out."""
_FEET_AND_INCHES = frozenset({3, 4})
"""$LUNITS: engineering and architectural, which count a drawing unit as an inch."""
_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)
_EPOCH_JULIAN = 2400000.5
_RELEASES = {
    "AC1006": "R10", "AC1009": "R12", "AC1012": "R13", "AC1014": "R14", "AC1015": "R2000", "AC1018": "R2004",
    "AC1021": "R2007", "AC1024": "R2010", "AC1027": "R2013", "AC1032": "R2018",
}  # fmt: skip


def declared_unit(header: Mapping[str, str]) -> tuple[str | None, Issue | None]:
    """Unit of lengths as $INSUNITS declares it; what the drawing only hints at is told, and not assumed."""
    stated = number(header.get("$INSUNITS", "").encode())
    found = UNITS.get(int(stated)) if stated is not None else None
    if found is not None:
        return found, None
    if stated:
        message = f"The drawing declares a unit that is not known here ($INSUNITS {stated:g}). Lengths have no unit."
        return None, Issue(code="units-unknown", severity=Severity.WARNING, message=message)
    hint = {"0": "imperial", "1": "metric"}.get(header.get("$MEASUREMENT", ""), "no")
    units = number(header.get("$LUNITS", "").encode())
    written = "; lengths are written in feet and inches" if units in _FEET_AND_INCHES else ""
    message = f"The drawing declares no unit ($INSUNITS); it hints at {hint} units{written}. Lengths have no unit."
    return None, Issue(code="units-undeclared", severity=Severity.WARNING, message=message)


def metadata_of(scan: Scan, geodata: Record | None) -> dict[str, Any]:
    """What the file says of itself."""
    header = scan.header
    names = {
        "$ACADVER": "version", "$DWGCODEPAGE": "code_page", "$LASTSAVEDBY": "last_saved_by",
        "$PROJECTNAME": "project", "$FINGERPRINTGUID": "fingerprint", "$VERSIONGUID": "version_guid",
    }  # fmt: skip
    found: dict[str, Any] = {label: header[name] for name, label in names.items() if header.get(name)}
    if (release := _RELEASES.get(header.get("$ACADVER", ""))) is not None:
        found["dxf_version"] = release
    found["encoding"] = scan.decode.encoding
    if (system := {"0": "imperial", "1": "metric"}.get(header.get("$MEASUREMENT", ""))) is not None:
        found["measurement"] = system
    for name, label in (("$TDUCREATE", "created"), ("$TDUUPDATE", "modified")):
        if (moment := _moment(header.get(name))) is not None:
            found[label] = moment
    if geodata is not None:
        found["geolocation"] = design_facts(geodata)
    return found


def _moment(julian: str | None) -> str | None:
    """ISO 8601 form of a Julian date in universal time; None for a date that nobody set."""
    days = number(julian.encode()) if julian else None
    if days is None or not 2_400_000.5 < days < 2_600_000:
        return None
    return (_EPOCH + timedelta(days=days - _EPOCH_JULIAN)).isoformat(timespec="seconds")
