"""References over HTTP: given as a page or a picture, read, removed, and spoken about in a message."""

from __future__ import annotations

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from blueprints.models import BlueprintReference
from blueprints.references import capturing
from tests.references.test_capturing import screenshot

Status = BlueprintReference.Status


@pytest.fixture
def client(api, ada):
    return api(ada)


@pytest.fixture
def address(blueprint):
    return f"/api/projects/aeries/blueprints/{blueprint.pk}"


@pytest.fixture
def worker():
    """Looks at what is queued, as the captures worker does."""
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.wait(0.05):
                for reference in BlueprintReference.objects.filter(status=Status.QUEUED):
                    capturing.run_capture(reference_id=reference.pk)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(60)


def upload(client, address, data: bytes, name: str = "shot.png"):
    file = SimpleUploadedFile(name, data, content_type="image/png")
    return client.post(f"{address}/references", {"file": file}, format="multipart")


@pytest.mark.django_db
def test_a_picture_is_uploaded_and_read_back_as_our_own(client, address):
    answer = upload(client, address, screenshot() + b"<script>alert(1)</script>")
    assert answer.status_code == 201, answer.json()
    data = answer.json()["data"]
    assert (data["id"], data["type"], data["origin"]) == ("REF-1", "screenshot", "shot.png")
    assert (data["status"], data["error"], data["tokens"]) == ("pending", None, None)
    for name in ("thumbnail", "desktop"):
        picture = client.get(data[name])
        assert picture["Content-Type"] == "image/webp" and picture["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in picture["Content-Security-Policy"] and picture["Cache-Control"].startswith(
            "private"
        )
        assert picture.content[8:12] == b"WEBP" and b"script" not in picture.content
    assert data["phone"] == "" and client.get(data["desktop"].replace("desktop", "phone")).status_code == 404
    assert client.get(data["desktop"].replace("desktop", "facts")).status_code == 404


@pytest.mark.django_db
def test_a_captured_reference_tells_its_tokens_in_the_plan_too(client, address):
    upload(client, address, screenshot())
    capturing.run_capture(reference_id=BlueprintReference.objects.get().pk)
    (reference,) = client.get(address).json()["data"]["references"]
    assert reference == client.get(f"{address}/references/REF-1").json()["data"]
    assert client.get(f"{address}/references").json()["data"] == [reference]
    assert reference["status"] == "captured" and reference["tokens"]["theme"] == "dark"
    assert reference["tokens"]["colors"][0]["value"] == "#102030"
    assert client.delete(f"{address}/references/REF-1").status_code == 204
    assert client.get(f"{address}/references/REF-1").status_code == 404
    assert client.get(address).json()["data"]["references"] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "said"), [(b"<svg onload='x'/>", "not a picture"), (b"x" * (10 * 1024 * 1024 + 1), "larger")]
)
def test_what_is_no_picture_is_refused_with_the_reason(client, address, data, said):
    answer = upload(client, address, data)
    assert answer.status_code == 422 and said in answer.json()["detail"]
    assert answer["Content-Type"] == "application/problem+json"
    assert not BlueprintReference.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("body", [{}, {"file": "text"}, {"url": "file:///etc/passwd"}, {"url": 1}])
def test_what_is_neither_page_nor_picture_is_refused(client, address, body):
    assert client.post(f"{address}/references", body).status_code == 422
    assert client.post(f"{address}/references", {"file": "text"}, format="multipart").status_code == 422


@pytest.mark.django_db
def test_a_failed_reference_says_why_and_can_be_tried_again(client, address):
    made = client.post(f"{address}/references", {"url": "http://10.0.0.1/"}).json()["data"]
    assert client.post(f"{address}/references/{made['id']}/retry").status_code == 409
    error = {"code": "private_address", "message": "Private.", "retryable": False}
    BlueprintReference.objects.update(status=Status.FAILED, error=error)
    failed = client.get(f"{address}/references/{made['id']}").json()["data"]
    assert (failed["status"], failed["error"]) == ("failed", error | {"retryAfterSeconds": None})
    again = client.post(f"{address}/references/{made['id']}/retry")
    assert again.status_code == 200 and again.json()["data"]["status"] == "pending"


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(300)
def test_a_message_is_answered_once_its_references_have_been_looked_at(client, address, worker):
    given = upload(client, address, screenshot()).json()["data"]
    said = {
        "message": "Like this",
        "references": [
            {"type": "screenshot", "upload": given["id"]},
            {"type": "url", "source": "http://192.168.0.1/"},
        ],
    }
    answer = client.post(f"{address}/chat", said)
    assert answer.status_code == 200, answer.json()
    shot, page = answer.json()["blueprint"]["references"]
    assert shot["status"] == "captured"
    assert page["status"] == "failed" and page["error"]["code"] == "private_address"
    assert "private network" in answer.json()["reply"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("references", "status", "pointer"),
    [
        ([{"type": "url", "source": "a.org"}, {"type": "url", "source": "ftp://a"}], 422, "#/references/1/source"),
        ([{"type": "url", "source": "a.org"}] * 6, 422, "#/references"),
        ([{"type": "screenshot", "upload": "REF-9"}], 404, None),
        ([{"type": "film", "source": "a.org"}], 422, "#/references/0/type"),
    ],
)  # fmt: skip
def test_a_message_with_an_impossible_reference_stores_nothing(
    client, address, blueprint, references, status, pointer
):
    answer = client.post(f"{address}/chat", {"message": "Like this", "references": references})
    assert answer.status_code == status, answer.json()
    assert pointer is None or answer.json()["errors"][0]["pointer"] == pointer
    assert not blueprint.messages.exists() and not blueprint.given_references.exists()
