"""One turn of the conversation in one request: as a document, or as a stream that ends with it."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

from blueprints import services
from blueprints.api.plans import get_blueprint
from blueprints.api.references import given_with
from blueprints.api.resources import BlueprintResource, ChatInput, ChatResource, MessageResource, ResendInput
from blueprints.models import Blueprint, BlueprintMessage
from studio.api import ApiView, endpoint, problem_document
from studio.core.errors import NotFound, OutsideFailure

EVENT_STREAM = "text/event-stream"
KEEP_ALIVE_SECONDS = 15.0


class Chat(ApiView):
    @endpoint(body=ChatInput, returns=ChatResource, enveloped=False, problems=[409, 502], tags=["blueprints"])
    def post(
        self, request: Request, project: str, blueprint: uuid.UUID, body: ChatInput
    ) -> ChatResource | HttpResponseBase:
        """Say something to the Architect.

        Answers when the reply is complete; replies to earlier messages come first. With
        `Accept: text/event-stream` the reply's words stream as `delta` events, then this same
        document comes as `complete`, or a problem as `error`. A message is kept even when its reply fails.
        `references` are looked at first; one that cannot be is told in the reply. Your pending comments on
        items go with it, and `message` may be empty where they say it all.
        """
        found = get_blueprint(request, project, blueprint, role="editor")
        text = services.message_text(body.message, blueprint=found, author=request.user)
        references = given_with(found, request.user, body.references)
        reply = services.send_message(
            blueprint=found, author=request.user, text=text, references=references, dispatch=False
        )
        return _answered(request, reply)


class Resend(ApiView):
    @endpoint(
        body=ResendInput, returns=ChatResource, enveloped=False, problems=[409, 502], tags=["blueprints"]
    )
    def post(
        self, request: Request, project: str, blueprint: uuid.UUID, message: uuid.UUID, body: ResendInput
    ) -> ChatResource | HttpResponseBase:
        """Say an earlier message of yours in other words.

        The plan goes back to before it, with what people edited by hand since; the new text is answered as
        `chat` does. What was said since stays in the conversation with `replacedBy`, and can be restored.
        """
        found = get_message(request, project, blueprint, message)
        reply = services.resend_message(message=found, by=request.user, text=body.message, dispatch=False)
        return _answered(request, reply)


class RestoreMessage(ApiView):
    @endpoint(returns=BlueprintResource, problems=[409], tags=["blueprints"])
    def post(
        self, request: Request, project: str, blueprint: uuid.UUID, message: uuid.UUID
    ) -> BlueprintResource:
        """Bring back a message that was replaced, with all that was replaced together with it."""
        found = get_message(request, project, blueprint, message)
        return BlueprintResource.of(services.bring_back(message=found, by=request.user))


class Withdraw(ApiView):
    @endpoint(returns=MessageResource, problems=[409], tags=["blueprints"])
    def post(
        self, request: Request, project: str, blueprint: uuid.UUID, message: uuid.UUID
    ) -> MessageResource:
        """Take back a message that waits behind others. It stays, as `stopped`."""
        return MessageResource.of(
            services.withdraw_message(message=get_message(request, project, blueprint, message))
        )


def get_message(request: Request, project: str, blueprint: uuid.UUID, message: uuid.UUID) -> BlueprintMessage:
    """For a change. Raises NotFound, Forbidden for too small a role."""
    found = get_blueprint(request, project, blueprint, role="editor").messages.filter(pk=message).first()
    if found is None:
        raise NotFound(f"This conversation has no message {message}.")
    return found


def _answered(request: Request, reply: BlueprintMessage) -> ChatResource | HttpResponseBase:
    """The end of the turn, or the turn as it happens to those who accept a stream."""
    if EVENT_STREAM in request.headers.get("Accept", ""):
        response = StreamingHttpResponse(_stream(reply), content_type=EVENT_STREAM)
        response["Cache-Control"] = "no-cache"
        response["X-Accel-Buffering"] = "no"
        return response
    return _result(services.answer(reply=reply))


def _result(reply: BlueprintMessage) -> ChatResource:
    """The turn as a document. Raises OutsideFailure when the Architect failed."""
    message = MessageResource.of(reply)
    if message.status == "failed" and message.error is not None:
        failure = OutsideFailure(
            message.error.message, code=message.error.code, retryable=message.error.retryable
        )
        failure.details["message"] = message.model_dump(by_alias=True, mode="json")
        raise failure
    blueprint = BlueprintResource.of(Blueprint.objects.get(pk=reply.blueprint_id))
    return ChatResource(
        reply=message.content, blueprint=blueprint, message=message, open_questions=blueprint.open_questions
    )


async def _stream(reply: BlueprintMessage) -> AsyncIterator[str]:
    """Server-sent events of one reply. It is written in a thread, to its end, even when nobody listens."""
    loop = asyncio.get_running_loop()
    words: asyncio.Queue[str] = asyncio.Queue()

    def hear(text: str) -> None:
        loop.call_soon_threadsafe(words.put_nowait, text)

    writing = asyncio.ensure_future(sync_to_async(_answer, thread_sensitive=False)(reply, hear))
    heard = ""
    while not writing.done() or not words.empty():
        coming = asyncio.ensure_future(words.get())
        await asyncio.wait({coming, writing}, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            heard += coming.result()
            yield _event("delta", {"text": coming.result()})
        else:
            coming.cancel()
            if not writing.done():
                yield ": still here\n\n"
    kind, document = writing.result()
    if kind == "complete" and document["reply"] != heard:  # another process wrote it
        yield _event("delta", {"text": document["reply"].removeprefix(heard)})
    yield _event(kind, document)


def _answer(reply: BlueprintMessage, hear: Any) -> tuple[str, dict[str, Any]]:
    try:
        result = _result(services.answer(reply=reply, on_text=hear))
        return "complete", result.model_dump(by_alias=True, mode="json")
    except Exception as error:  # noqa: BLE001 (the status line is out: only the stream can still say it)
        return "error", problem_document(error)
    finally:
        connections.close_all()


def _event(kind: str, data: dict[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n"
