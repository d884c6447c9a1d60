"""Who made and changed an object, with what and when (IfcOwnerHistory, ISO 16739-1:2024, 8.16)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from pybase_extraction_ifc.model import Entity, IfcModel

_LAST_SECOND = 253402300799  # 9999-12-31T23:59:59Z, the last that a datetime holds


class Owners:
    """Owner histories by the number of their instance, read once."""

    def __init__(self, model: IfcModel) -> None:
        self._model = model
        self._found: dict[int, dict[str, str]] = {}
        self._users: dict[int | None, tuple[str | None, str | None]] = {}

    def find(self, number: int | None) -> dict[str, str]:
        """User, organisation, application, version, state, change, dates in UTC; only what the file says."""
        if number is None:
            return {}
        if number not in self._found:
            entity = self._model.entity(number)
            self._found[number] = self._read(entity) if entity and entity.is_a("IfcOwnerHistory") else {}
        return self._found[number]

    def _read(self, entity: Entity) -> dict[str, str]:
        application = self._model.entity(entity.ref("OwningApplication"))
        user, organization = self._user(entity.ref("OwningUser"))
        modifier, _ = self._user(entity.ref("LastModifyingUser"))
        found = {
            "user": user,
            "organization": organization,
            "application": application.text("ApplicationFullName") if application else None,
            "application_version": application.text("Version") if application else None,
            "state": entity.text("State"),
            "change_action": entity.text("ChangeAction"),
            "created": _moment(entity.number("CreationDate")),
            "modified": _moment(entity.number("LastModifiedDate")),
            "modified_by": modifier,
        }
        return {key: value for key, value in found.items() if value}

    def _user(self, number: int | None) -> tuple[str | None, str | None]:
        if number not in self._users:
            self._users[number] = self._read_user(number)
        return self._users[number]

    def _read_user(self, number: int | None) -> tuple[str | None, str | None]:
        both = self._model.entity(number)
        person = self._model.entity(both.ref("ThePerson")) if both else None
        organization = self._model.entity(both.ref("TheOrganization")) if both else None
        names = [person.text("GivenName"), person.text("FamilyName")] if person else []
        shown = " ".join(name for name in names if name)
        identifier = person.text("Identification", "Id") if person else None
        return shown or identifier, organization.text("Name") if organization else None

    def applications(self) -> list[dict[str, str]]:
        """Applications that wrote the file."""
        found = []
        for entity in self._model.of("IfcApplication"):
            names = {"name": entity.text("ApplicationFullName"), "version": entity.text("Version")}
            found.append({key: value for key, value in names.items() if value})
        return found


@lru_cache(maxsize=1024)
def _moment(seconds: float | None) -> str | None:
    """IfcTimeStamp counts seconds since 1970-01-01T00:00:00Z; zero stands for unknown in many files."""
    if not seconds or not 0 < seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat()
