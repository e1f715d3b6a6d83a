"""Spawn, last phase: both host names answer through the gateway."""

from operations.engine.workflow import Checkpoint, PhaseContext
from operations.workshop.visits import await_answer


def run(context: PhaseContext) -> Checkpoint:
    urls = context.checkpoint_of("environments")["urls"]
    for url in urls.values():
        await_answer(context, url, path="/healthz")
        await_answer(context, url)
        context.log(f"{url} answers")
    return {"url": urls["staging"], "urls": urls, "commit": context.checkpoint_of("skeleton")["commit"]}
