"""What a tree may say: its steps, typed. `reading.py` brings text into this shape."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    model_validator,
)

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][\w-]*$", max_length=60)]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Path = Annotated[str, StringConstraints(pattern=r"^/")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
# Polls, one a second, that may pass without any news: what gets somewhere is never timed out.
Polls = Annotated[int, Field(ge=1, le=86_400)]


def _scalar(value: Any) -> Any:
    if value is not None and not isinstance(value, str | int | float):
        raise ValueError("must be text (in quotes, if YAML takes it for a date), a number, true or false")
    return value


def _merged(value: Any) -> Any:
    """Outputs may be written as a list of single entries."""
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return {name: expression for item in value for name, expression in item.items()}
    return value


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(Part):
    """`outputs` are jq expressions over what the step answers. `retries` repeats it after a failure,
    with a delay that doubles; `timeout_seconds` bounds each attempt."""

    expressions: ClassVar[frozenset[str]] = frozenset({"outputs", "that"})

    description: str = ""
    depends_on: list[Name] = []
    outputs: Annotated[dict[Name, str], BeforeValidator(_merged)] = {}
    retries: int = Field(default=0, ge=0, le=20)
    retry_delay_seconds: Seconds = 1
    timeout_seconds: Seconds | None = None


class Api(Step):
    """One request to the Studio; `endpoint` is relative to `/api`. Answers the body. Without `status`
    every 2xx is well."""

    action: Literal["api"]
    method: Method = "GET"
    endpoint: Path
    body: JsonValue = None
    status: int | None = Field(default=None, ge=200, le=599)


class WaitInfra(Step):
    """Until the project is live and its host names answer. Answers the project, under `data`."""

    action: Literal["wait_infra"]
    project: str
    max_attempts: Polls = 300


class WaitOperation(Step):
    """Until the operation has succeeded. Answers the operation, under `data`."""

    action: Literal["wait_operation"]
    operation_id: str
    max_attempts: Polls = 600


class WaitBuild(Step):
    """The same, for builds."""

    action: Literal["wait_build"]
    build_id: str
    max_attempts: Polls = 600

    @property
    def operation_id(self) -> str:
        return self.build_id


class Exec(Step):
    """A command, without a shell. Answers `exit_code` and `output`."""

    action: Literal["exec"]
    command: list[str] = Field(min_length=1)
    environment: dict[str, str] = {}
    exit_code: int = 0


Status = Annotated[int, Field(ge=100, le=599)]


class AppRequest(Part):
    """One request to an app. `json` and `form` are bodies; `that` is jq over a JSON answer. `status` may be
    a list: of a request that a repeated step sends once more, and that is answered otherwise then."""

    method: Method = "GET"
    path: Path
    headers: dict[str, str] = {}
    body: JsonValue = Field(default=None, alias="json")
    form: dict[str, str] | None = None
    status: Status | Annotated[list[Status], Field(min_length=1)] = 200
    contains: list[str] = []
    that: list[str] = []


class Assert(Step):
    """Either jq conditions `that` must hold of `value`, or `requests` to the app at `url`, which are one
    visitor's: cookies are kept from one to the next. Answers the value, or the last answer's body.

    Repeated from its start until everything holds, for `within_seconds`. `message` says what it means that
    it does not.
    """

    action: Literal["assert"]
    value: JsonValue = None
    that: list[str] = []
    url: str | None = None
    requests: list[AppRequest] = []
    within_seconds: float = Field(default=0, ge=0, le=3_600)
    message: str = ""

    @model_validator(mode="after")
    def _one_of_two(self) -> Assert:
        if bool(self.that) == bool(self.requests) or bool(self.requests) != (self.url is not None):
            raise ValueError("needs either `value` and `that`, or `url` and `requests`")
        return self


class Sleep(Step):
    action: Literal["sleep"]
    seconds: float = Field(ge=0, le=3_600)


AnyStep = Api | WaitInfra | WaitOperation | WaitBuild | Exec | Assert | Sleep
ACTIONS: dict[str, type[AnyStep]] = {
    "api": Api,
    "wait_infra": WaitInfra,
    "wait_operation": WaitOperation,
    "wait_build": WaitBuild,
    "exec": Exec,
    "assert": Assert,
    "sleep": Sleep,
}

Variable = Annotated[str | int | float | bool | None, BeforeValidator(_scalar)]


class Tree(Part):
    """`vars` are by name with their defaults; one whose default is null must be given. `teardown` is in
    order."""

    name: Name
    description: str = ""
    vars: dict[Name, Variable] = {}
    steps: dict[Name, AnyStep]
    teardown: dict[Name, AnyStep] = {}
    source: str = Field(repr=False)
