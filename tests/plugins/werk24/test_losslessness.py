"""Every value that an answer can hold arrives: answers are made of the client's own models, every field filled.

Each number and text of such an answer is unlike all others, so that it is found in the result or is lost.  Every member
of every enumeration and every kind of thread has its turn.  A datum letter alone has no tolerance zone to lose.
"""

from __future__ import annotations

import itertools
import json
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel

from pybase_extraction.results import ExtractionResult
from pybase_extraction_werk24 import translation
from pybase_extraction_werk24.client import Endpoint, load_client
from pybase_extraction_werk24.extractor import Answers
from pybase_extraction_werk24.options import Werk24Options
from tests.plugins.werk24.test_reading import DRAWING

load_client()
from werk24 import TechreadMessage  # noqa: E402 -- imported as the plugin does, so that no environment can break it
from werk24.models.v2 import enums, models, responses  # noqa: E402

TURNS = 16
NAMED = {
    enums.DepthType: "is_through, and a depth where there is one",
    enums.ThreadHandedness: "is_left_hand",
    enums.ThreadType: "family",
    enums.SizeType: "kind",
    enums.GDnTCharacteristic: "characteristic",
    enums.RoughnessMaterialRemovalType: "removal",
    enums.RoughnessConditionType: "value or lower_value",
    enums.IdentifierPeriod: "part of the field's name",
    enums.IdentifierStakeholder: "part of the field's name",
    enums.IdentifierType: "the field, or its name",
}
"""Enumerations that the vocabulary says in words of its own, and where."""


@dataclass
class Filler:
    """Makes answers; remembers what it has put in, by place.

    Attributes:
        turn: Which member of an enumeration, or kind of a union, is taken.
    """

    turn: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(101))
    stated: dict[str, str | float] = field(default_factory=dict)

    def fill(self, kind: Any, place: str) -> Any:
        origin, parts = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Annotated:
            return self.fill(parts[0], place)
        if origin in {typing.Union, types.UnionType}:
            real = [part for part in parts if part is not type(None)]
            return self.fill(real[self.turn % len(real)], place)
        if origin is list:
            return [self.fill(parts[0], place)]
        if origin is tuple:
            return [self.fill(part, f"{place}.{index}") for index, part in enumerate(parts)]
        if origin is typing.Literal:
            return parts[0].value if isinstance(parts[0], Enum) else parts[0]
        if issubclass(kind, BaseModel):
            return {name: self.fill(each.annotation, f"{place}.{name}") for name, each in kind.model_fields.items()}
        return self._leaf(kind, place)

    def _leaf(self, kind: type, place: str) -> Any:
        if place.endswith(".score"):
            return "0.9"
        if kind is bool:
            return True
        if issubclass(kind, Enum):
            member = list(kind)[self.turn % len(kind)]
            if kind not in NAMED:
                self.stated[place] = str(member.value)
            return member.value
        number = next(self.numbers)
        if kind is int:
            if not place.endswith("reference_id"):
                self.stated[place] = float(number)
            return number
        if kind is Decimal:
            # threads come in whole numbers, which the protocol does not know
            value = float(number) if place.endswith(".quantity") else number + 0.25
            self.stated[place] = value
            return str(value)
        self.stated[place] = f"text{number}x"
        return self.stated[place]


def translated(ask: str, payload: dict[str, Any]) -> ExtractionResult:
    answers = Answers(DRAWING, Werk24Options())
    given = {"message_type": "ASK", "message_subtype": ask, "payload_dict": payload}
    answers.take(TechreadMessage.model_validate({"request_id": "8b7f0d3e-3f0b-4d51-9d3b-6c8f5b1f9a10", **given}))
    return answers.result(seconds=0.0, endpoint=Endpoint("t"))


def leaves(value: Any) -> Iterator[str | float]:
    if isinstance(value, dict):
        yield from itertools.chain.from_iterable(map(leaves, value.values()))
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(map(leaves, value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)
    elif isinstance(value, str):
        yield value


def is_told(stated: str | float, numbers: set[float], texts: str) -> bool:
    if isinstance(stated, float):
        return stated in numbers or f'"{stated} ' in texts or f'"{stated}"' in texts
    escaped = json.dumps(stated, ensure_ascii=False)[1:-1].casefold()
    return escaped in texts or escaped.replace("_", " ") in texts


@pytest.mark.parametrize(
    ("ask", "model"),
    [
        ("FEATURES", responses.ResponseFeaturesComponentDrawing),
        ("META_DATA", responses.ResponseMetaDataComponentDrawing),
    ],
)
def test_no_value_of_an_answer_is_lost(ask: str, model: type[BaseModel]) -> None:
    lost: set[str] = set()
    for turn in range(TURNS):
        filler = Filler(turn)
        payload = filler.fill(model, ask)
        model.model_validate(payload)
        result = translated(ask, payload)
        assert not [issue for issue in result.issues if issue.code != "werk24-unanswered"]
        told = json.loads(result.model_dump_json(exclude={"issues", "source", "extractor"}))
        found = list(leaves(told))
        numbers, texts = {each for each in found if isinstance(each, float)}, json.dumps(told, ensure_ascii=False)
        lost |= {
            f"{place} = {stated}"
            for place, stated in filler.stated.items()
            if not is_told(stated, numbers, texts.casefold()) and not (result.datums and ".gdnts." in place)
        }
    assert sorted(lost) == []


def test_every_kind_of_size_thread_and_tolerance_has_a_word_of_its_own() -> None:
    assert len(set(translation.KINDS.values())) == len(enums.SizeType) == len(translation.KINDS)
    assert set(translation.FAMILIES) == set(enums.ThreadType.__members__)
    assert len(set(translation.FAMILIES.values())) == len(enums.ThreadType)
    words = [translation.CHARACTERISTICS.get(name, name.lower()) for name in enums.GDnTCharacteristic.__members__]
    assert len(set(words)) == len(words)
    assert set(translation.REMOVAL) == set(enums.RoughnessMaterialRemovalType.__members__)


@pytest.mark.parametrize(
    ("depth_type", "is_through", "depths"), [("THROUGH", True, 0), ("THROUGH_ALL", True, 0), ("BLIND", False, 1)]
)
def test_depths_say_whether_they_go_through(depth_type: str, is_through: bool, depths: int) -> None:
    filler = Filler(0)
    bore = filler.fill(models.Bore, "bore")
    size = bore["depth"]["size"]
    bore["depth"] = {"depth_type": depth_type, "size": size if depths else None}
    (item,) = translated("FEATURES", {"ask_version": "v2", "ask_type": "FEATURES", **_drawing(bores=[bore])}).features
    assert item.is_through is is_through
    assert float(size["value"]) in {part.nominal for part in item.dimensions} or not depths


def _drawing(**fields: Any) -> dict[str, Any]:
    return {"page_type": "COMPONENT_DRAWING", **fields}
