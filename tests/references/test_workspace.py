"""References in the workspace: given beside the message, sent with it, chosen in the plan. Without JavaScript too."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from blueprints import services
from blueprints.models import BlueprintReference
from blueprints.references import capturing, given
from tests.references.test_capturing import screenshot


@pytest.fixture
def client(ada) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def picture(name: str = "shot.png", data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data or screenshot(), content_type="image/png")


def post(client, path: str, **values):
    return client.post(f"/projects/aeries/{path}", values, headers={"HX-Request": "true"})


@pytest.mark.django_db
def test_a_dropped_picture_waits_in_the_tray_and_goes_with_the_message(client, blueprint, ada):
    answer = post(client, "references/", file=picture())
    assert 'id="tray"' in answer.text and 'name="reference" value="REF-1"' in answer.text
    sent = post(client, "messages/", text="Like this", reference="REF-1")
    message = blueprint.messages.get(role="user")
    assert BlueprintReference.objects.get().message == message
    assert 'id="given-REF-1"' in sent.text and 'value="REF-1"' not in sent.text


@pytest.mark.django_db
def test_without_scripts_files_and_address_go_with_the_message_itself(client, blueprint):
    values = {"text": "Like these", "file": [picture()], "url": "example.org/pricing"}
    assert client.post("/projects/aeries/messages/", values).status_code == 302
    message = blueprint.messages.get(role="user")
    given_with = [row.source for row in message.references.order_by("created_at")]
    assert given_with == ["shot.png", "https://example.org/pricing"]


@pytest.mark.django_db
def test_a_reference_that_cannot_be_used_never_loses_the_message(client, blueprint):
    values = {"text": "Like this", "file": [picture("notes.txt", b"hello")], "url": "ftp://example.org"}
    assert client.post("/projects/aeries/messages/", values).status_code == 302
    assert blueprint.messages.get(role="user").content == "Like this"
    told = " ".join(blueprint.messages.filter(role="event").values_list("content", flat=True))
    assert "notes.txt: This is not a picture" in told and "ftp://example.org: Only addresses" in told


@pytest.mark.django_db
def test_what_is_refused_beside_a_message_is_a_toast_with_the_reason(client, blueprint):
    answer = post(client, "references/", file=picture("x.png", b"<svg/>"))
    assert answer.status_code == 422 and "not a picture" in answer["HX-Trigger"]
    given.add_url(blueprint=blueprint, by=None, url="https://example.org/")
    assert "reference already" in post(client, "references/", url="example.org")["HX-Trigger"]


@pytest.mark.django_db
def test_a_failed_page_says_why_and_is_tried_again_or_removed(client, blueprint, ada):
    reference = given.add_url(blueprint=blueprint, by=ada, url="http://10.0.0.1/")
    error = {"code": "private_address", "message": "It is in a private network.", "retryable": False}
    BlueprintReference.objects.update(status="failed", error=error)
    page = client.get("/projects/aeries/").text
    assert "It is in a private network." in page and 'name="reference" value="REF-1"' not in page
    again = post(client, f"references/{reference.pk}/retries/")
    assert "Waiting to be looked at" in again.text
    assert "tray-REF-1" not in post(client, f"references/{reference.pk}/removals/").text
    assert not BlueprintReference.objects.exists()


@pytest.mark.django_db
def test_somebody_elses_pictures_do_not_go_with_my_message(client, blueprint, ben):
    given.add_upload(blueprint=blueprint, by=ben, data=screenshot(), name="ben.png")
    assert 'name="reference"' not in client.get("/projects/aeries/").text
    post(client, "messages/", text="Like this", reference="REF-1")
    assert BlueprintReference.objects.get().message is None


@pytest.mark.django_db
def test_matching_takes_the_exact_tokens_and_inspiration_is_a_choice_too(client, blueprint, ada):
    assert post(client, "intents/", intent="match").status_code == 409
    reference = given.add_upload(blueprint=blueprint, by=ada, data=screenshot(), name="shot.png")
    capturing.run_capture(reference_id=reference.pk)
    post(client, "intents/", intent="match")
    blueprint.refresh_from_db()
    design = blueprint.document.sections.design_system
    assert design.intent == "match" and design.theme == "dark"
    assert {token.role: token.value for token in design.colors}["background"] == "#102030"
    assert design.colors[0].provenance.startswith("REF-1: ")
    shown = client.get("/projects/aeries/").text
    assert 'value="match" aria-pressed="true"' in shown and "How each was found" in shown
    assert post(client, "intents/", intent="neither").status_code == 422
    post(client, "intents/", intent="inspiration")
    blueprint.refresh_from_db()
    assert blueprint.document.sections.design_system.intent == "inspiration"
    assert [item.value for item in blueprint.document.decisions] == ["inspiration"]


@pytest.mark.django_db
def test_the_choice_made_by_hand_is_left_alone_by_the_architect(client, blueprint, ada, settings):
    settings.ORCHARD_ARCHITECT = "blueprints.architect.offline.OfflineArchitect"
    reference = given.add_upload(blueprint=blueprint, by=ada, data=screenshot(), name="shot.png")
    capturing.run_capture(reference_id=reference.pk)
    post(client, "intents/", intent="match")
    reply = services.send_message(
        blueprint=blueprint, author=ada, text="Use it as inspiration", dispatch=False
    )
    reply = services.answer(reply=reply)
    blueprint.refresh_from_db()
    assert blueprint.document.sections.design_system.intent == "match"
    assert [item.value for item in blueprint.document.decisions] == ["match"]
    assert "Match exactly" in reply.content and "by hand" in reply.content
