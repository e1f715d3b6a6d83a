"""A reference on its way: given, looked at by one worker, and the reply that waits for it."""

from __future__ import annotations

import io
import threading
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from PIL import Image, ImageDraw

from blueprints import services, turns
from blueprints.models import BlueprintMessage, BlueprintReference
from blueprints.references import capturing, given
from blueprints.references.browser import close_warm_browser
from blueprints.references.seen import seen_references
from studio.core.errors import Conflict, InvalidInput, NotFound
from studio.runtime import heartbeat, shutdown
from tests.egress.places import SITE, Answer, site
from tests.environments.machine import wait_until

pytestmark = pytest.mark.timeout(300)
Status = BlueprintReference.Status

PRICING = b"""<!doctype html><title>Plans for everybody</title>
<style>body{margin:0;background:#fff7ed;color:#431407;font:16px Georgia}header{background:#9a3412;color:#fff;padding:24px}
.tiers{display:flex;gap:24px;padding:48px}
.tier{flex:1;background:#ffffff;border:1px solid #fed7aa;border-radius:12px;padding:24px;min-height:240px}
button{background:#ea580c;color:#fff;border:0;border-radius:8px;padding:12px 20px}</style>
<header><h1>Plans</h1></header><div class="tiers">""" + b"".join(
    b"<div class=tier><h2>Tier</h2><p>$9 per month, with everything that a small team needs to begin well today.</p>"
    b"<button>Choose</button></div>"
    for _ in range(3)
)


@pytest.fixture
def pages(settings):
    """A site on loopback, which this instance's captures may look at, with a browser that knows of it."""
    settings.ORCHARD_CAPTURE_ALLOW = [SITE]
    close_warm_browser()
    with site() as told:
        told.pages["/"] = Answer(PRICING)
        yield told
    close_warm_browser()


@pytest.fixture(scope="module", autouse=True)
def no_browser_is_left():
    yield
    close_warm_browser()


def screenshot(**options) -> bytes:
    image = Image.new("RGB", (800, 600), "#102030")
    ImageDraw.Draw(image).rectangle((100, 100, 400, 300), fill="#f0a020")
    out = io.BytesIO()
    image.save(out, options.pop("format", "PNG"), **options)
    return out.getvalue()


def run(reference: BlueprintReference) -> BlueprintReference:
    done = capturing.run_capture(reference_id=reference.pk)
    assert done is not None
    return done


@pytest.mark.django_db(transaction=True)
def test_a_page_becomes_pictures_and_tokens(blueprint, ada, pages):
    reference = given.add_url(blueprint=blueprint, by=ada, url=pages.url("/", host=SITE))
    done = run(reference)
    assert (done.status, done.error, done.title) == ("captured", None, "Plans for everybody")
    tokens = capturing.TOKENS.validate_python(done.tokens)
    by_role = {color.role: color.value for color in tokens.colors}
    assert by_role["background"] == "#fff7ed" and by_role["primary"] == "#ea580c"
    assert by_role["surface"] == "#ffffff" and by_role["text"] == "#431407" and by_role["border"] == "#fed7aa"
    assert (tokens.theme, tokens.radius, tokens.control_radius) == ("light", 12, 8)
    assert "tiers:3" in tokens.layout
    with done.desktop.open() as file:
        assert Image.open(file).width == 1920
    with done.phone.open() as file:
        assert Image.open(file).width == 390
    with done.thumbnail.open() as file:
        assert Image.open(file).size == (480, 300)
    blueprint.refresh_from_db()
    assert [(item.id, item.type) for item in blueprint.document.references] == [(done.item_id, "url")]
    (seen,) = seen_references(blueprint)
    assert seen.headings[0] == "Plans" and "small team" in seen.text and not seen.is_new


@pytest.mark.django_db(transaction=True)
def test_a_reply_waits_for_its_references(blueprint, ada):
    reference = given.add_upload(blueprint=blueprint, by=ada, data=screenshot(), name="shot.png")
    reply = services.send_message(blueprint=blueprint, author=ada, text="Like this", references=[reference])
    assert turns.claim(reply.pk, "") is None
    done = run(reference)
    assert done.status == "captured" and done.message == reply.in_reply_to
    answered = services.run_reply(reply_id=reply.pk)
    assert answered is not None and answered.status == BlueprintMessage.Status.DONE


@pytest.mark.django_db(transaction=True)
def test_a_reference_that_cannot_be_looked_at_keeps_no_reply_waiting(blueprint, ada):
    reference = given.add_url(blueprint=blueprint, by=ada, url="http://192.168.0.1/")
    reply = services.send_message(blueprint=blueprint, author=ada, text="Like this", references=[reference])
    done = run(reference)
    assert done.status == "failed" and done.error["code"] == "private_address" and not done.error["retryable"]
    answered = services.run_reply(reply_id=reply.pk)
    assert answered is not None and answered.status == BlueprintMessage.Status.DONE
    (seen,) = seen_references(blueprint, new_with=reply.in_reply_to)
    assert seen.is_new and "private network" in seen.problem


@pytest.mark.django_db(transaction=True)
def test_what_may_heal_is_tried_again_by_itself_then_by_a_person(blueprint, ada, pages):
    pages.pages["/"] = Answer(b"later", 503)
    reference = given.add_url(blueprint=blueprint, by=ada, url=pages.url("/", host=SITE))
    assert [run(reference).status for _ in range(3)] == ["queued", "queued", "failed"]
    assert run(reference).status == "failed"  # a late message for it changes nothing
    pages.pages["/"] = Answer(PRICING)
    given.retry(BlueprintReference.objects.get(pk=reference.pk))
    assert run(reference).status == "captured"
    with pytest.raises(Conflict):
        given.retry(BlueprintReference.objects.get(pk=reference.pk))


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_asked_to_end_hands_its_capture_back(blueprint, ada, pages):
    looked = threading.Event()
    pages.pages["/"] = lambda _: looked.wait(60)  # and then no answer
    reference = given.add_url(blueprint=blueprint, by=ada, url=pages.url("/", host=SITE))
    worker = threading.Thread(target=lambda: (run(reference), connection.close()))
    worker.start()
    rows = BlueprintReference.objects.filter(pk=reference.pk)
    wait_until(lambda: rows.get().progress == "Opening the page")
    shutdown.begin()
    try:
        worker.join(60)
        assert not worker.is_alive()
    finally:
        shutdown.forget()
        looked.set()
    left = rows.get()
    assert (left.status, left.attempt, left.claimed_by, left.progress) == ("queued", 0, "", "")
    pages.pages["/"] = Answer(PRICING)
    assert run(reference).status == "captured"


@pytest.mark.django_db(transaction=True)
def test_a_dead_worker_loses_nothing_and_a_late_one_writes_nothing(blueprint, ada):
    reference = given.add_upload(blueprint=blueprint, by=ada, data=screenshot(), name="shot.png")
    rows = BlueprintReference.objects.filter(pk=reference.pk)
    rows.update(status=Status.CAPTURING, claimed_by="dead", lease_until=timezone.now() - timedelta(seconds=1))
    assert (
        capturing.run_capture(reference_id=reference.pk).status == "capturing"
    )  # somebody's, as far as one knows
    assert capturing.sweep() == 1
    done = run(reference)
    assert (done.status, done.attempt) == ("captured", 1)
    capturing._end(done, "dead", status=Status.FAILED)
    assert rows.get().status == "captured"
    rows.update(
        status=Status.CAPTURING, claimed_by="dead", attempt=2, lease_until=timezone.now() - timedelta(1)
    )
    capturing.sweep()
    assert rows.get().error["code"] == "worker_lost"


@pytest.mark.django_db(transaction=True)
def test_removing_takes_the_pictures_and_the_waiting_along(blueprint, ada):
    reference = given.add_upload(blueprint=blueprint, by=ada, data=screenshot(), name="shot.png")
    reply = services.send_message(blueprint=blueprint, author=ada, text="Like this", references=[reference])
    names = [reference.desktop.name, reference.thumbnail.name]
    assert all(default_storage.exists(name) for name in names)
    given.remove(BlueprintReference.objects.get(pk=reference.pk))
    assert not any(default_storage.exists(name) for name in names)
    blueprint.refresh_from_db()
    assert blueprint.document.references == []
    assert turns.claim(reply.pk, "") is not None


@pytest.mark.django_db
def test_the_same_page_is_looked_at_once(blueprint, ada):
    one = given.add_url(blueprint=blueprint, by=ada, url="example.org/a")
    assert given.add_url(blueprint=blueprint, by=ada, url="https://example.org/a#top") == one


@pytest.mark.django_db
def test_references_have_their_limits_and_their_plan(blueprint, ada, monkeypatch):
    with pytest.raises(InvalidInput):
        given.add_url(blueprint=blueprint, by=ada, url="file:///etc/passwd")
    for number in range(given.MOST_PER_PLAN):
        given.add_url(blueprint=blueprint, by=ada, url=f"https://example.org/{number}")
    with pytest.raises(Conflict):
        given.add_url(blueprint=blueprint, by=ada, url="https://example.org/more")
    ids = list(blueprint.given_references.values_list("item_id", flat=True))
    assert [row.item_id for row in given.find(blueprint, ids[:2])] == ids[:2]
    with pytest.raises(InvalidInput):
        given.find(blueprint, ids)
    other = services.create_blueprint(project=blueprint.project, feature_name="Other")
    with pytest.raises(NotFound):
        given.find(other, ids[:1])


# Nobody there who looks


def waiting_reply(blueprint, ada, reference):
    return services.send_message(
        blueprint=blueprint, author=ada, text="Like this", references=[reference], dispatch=False
    )


@pytest.mark.django_db(transaction=True)
def test_a_chat_goes_on_without_a_page_that_nobody_looks_at(blueprint, ada, monkeypatch):
    monkeypatch.setattr(capturing, "UNSERVED_SECONDS", 0)
    page = given.add_url(blueprint=blueprint, by=ada, url="https://example.org/")
    answered = services.answer(reply=waiting_reply(blueprint, ada, page))
    page.refresh_from_db()
    assert (page.status, page.error["code"], page.error["retryable"]) == ("failed", "no_worker", True)
    assert answered.status == "done" and "captures worker is not running" in answered.content


@pytest.mark.django_db(transaction=True)
def test_a_picture_needs_nobody_to_look_at_it(blueprint, ada, monkeypatch):
    monkeypatch.setattr(capturing, "UNSERVED_SECONDS", 0)
    picture = given.add_upload(blueprint=blueprint, by=ada, data=screenshot(), name="shot.png")
    assert services.answer(reply=waiting_reply(blueprint, ada, picture)).status == "done"
    picture.refresh_from_db()
    assert picture.status == "captured"


@pytest.mark.django_db(transaction=True)
def test_a_busy_worker_is_waited_for(blueprint, ada):
    heartbeat.sign("captures@here", ["captures"])
    page = given.add_url(blueprint=blueprint, by=ada, url="https://example.org/")
    reply = waiting_reply(blueprint, ada, page)
    BlueprintReference.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    capturing.go_without(reply.in_reply_to)
    assert capturing.sweep() == 1
    page.refresh_from_db()
    assert page.status == "queued"
    heartbeat.sign_off("captures@here")
    BlueprintReference.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert capturing.sweep() == 1
    page.refresh_from_db()
    assert page.status == "failed"
