"""The arithmetic of limits: which of the candidates may run beside what runs already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from pybase_extraction.jobs import SEPARATOR, ConcurrencyLimits

K = TypeVar("K", str, str | None)


class Room:
    """How much of every limit is left.

    Args:
        limits: The most that may be processing at once.
        running: Owner, format, service and number of the jobs that are processing.
    """

    def __init__(self, limits: ConcurrencyLimits, running: Iterable[tuple[str | None, str, str | None, int]]) -> None:
        self.limits = limits
        self.owners: Counter[str | None] = Counter()
        self.formats: Counter[str] = Counter()
        self.services: Counter[str | None] = Counter()
        for owner, format_, service, count in running:
            self._add(owner, format_, service, count)

    def _add(self, owner: str | None, format_: str, service: str | None, count: int) -> None:
        self.owners[owner] += count
        self.formats[format_] += count
        self.services[service] += count

    @property
    def full_formats(self) -> list[str]:
        """Formats of which no more jobs may start."""
        return [name for name, most in self.limits.formats.items() if self.formats[name] >= most]

    @property
    def full_services(self) -> list[str]:
        """Services of which no more jobs may start."""
        return [name for name, most in self.limits.services.items() if self.services[name] >= most]

    @property
    def full_owners(self) -> list[str | None]:
        """Owners of whom no more jobs may start."""
        known = {*self.limits.owners, *self.owners}
        return [owner for owner in known if not self._has_room_for_owner(owner)]

    def _has_room_for_owner(self, owner: str | None) -> bool:
        most = self.limits.for_owner(owner)
        return most is None or self.owners[owner] < most

    def take(self, lane: str) -> bool:
        """Use up the room of one job if there is any."""
        owner_text, format_, service = lane.split(SEPARATOR)
        owner = owner_text or None
        fits = (
            self._has_room_for_owner(owner)
            and self.formats[format_] < self.limits.formats.get(format_, self.formats[format_] + 1)
            and self.services[service] < self.limits.services.get(service, self.services[service] + 1)
        )
        if fits:
            self._add(owner, format_, service, 1)
        return fits

    def choose(self, candidates: Iterable[tuple[UUID, str]], count: int) -> list[UUID]:
        """Choose up to ``count`` of the candidates (id, lane), in their order, that fit together."""
        chosen: list[UUID] = []
        for job_id, lane in candidates:
            if len(chosen) == count:
                break
            if self.take(lane):
                chosen.append(job_id)
        return chosen
