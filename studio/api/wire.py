"""What crosses the wire: pydantic models in camelCase, strict on the way in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from studio.core.errors import InvalidInput

Model = TypeVar("Model", bound=BaseModel)


class Wire(BaseModel):
    """A request or a resource of the API. Unknown fields in a request are errors."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


def parse(model: type[Model], data: object, *, what: str = "request") -> Model:
    """`data` as a `model`. Raises InvalidInput with one pointer and message per mistake."""
    if not isinstance(data, Mapping):
        raise InvalidInput(
            f"The {what} must be a JSON object.", errors=[{"pointer": "#", "message": "Not an object."}]
        )
    unstorable = [f"#{steps}" for steps in _unstorable(data)]
    if unstorable:
        raise InvalidInput(
            "The text holds characters that are not text (NUL or half a character).",
            errors=[
                {"pointer": pointer, "message": "Holds characters that are not text."}
                for pointer in unstorable
            ],
        )
    try:
        # By alias only: camelCase is the one spelling on the wire.
        return model.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as error:
        mistakes = [mistake_of(item) for item in error.errors(include_url=False, include_context=False)]
        first = mistakes[0]
        where = first["pointer"].removeprefix("#/").replace("/", ".") or what
        raise InvalidInput(f"{where}: {first['message']}", errors=mistakes) from error


def mistake_of(error: Mapping[str, Any]) -> dict[str, str]:
    """One pydantic error as a JSON pointer (RFC 6901) and a sentence."""
    steps = "".join(_step(step) for step in error["loc"])
    message = _WORDS.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ")
    return {"pointer": f"#{steps}", "message": message.rstrip(".") + "."}


def _step(name: object) -> str:
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


def _unstorable(data: object, steps: str = "") -> Iterator[str]:
    """Where `data` holds text that JSON can spell and no database stores."""
    if isinstance(data, str):
        if not is_storable(data):
            yield steps
    elif isinstance(data, Mapping):
        for name, value in data.items():
            if not is_storable(name):
                yield steps
            yield from _unstorable(value, steps + _step(name))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _unstorable(value, steps + _step(index))


def is_storable(text: str) -> bool:
    """PostgreSQL refuses NUL, UTF-8 has no lone surrogates."""
    return "\x00" not in text and not _SURROGATE.search(text)


_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = {"missing": "This field is required", "extra_forbidden": "There is no such field"}


def camel_case(details: Mapping[str, Any]) -> dict[str, Any]:
    """Error details, named in Python's spelling, under the wire's names; their values are wire values."""
    return {to_camel(name): value for name, value in details.items()}
