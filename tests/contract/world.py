"""One project with something of everything, and the people and keys that knock at it."""

from __future__ import annotations

import io
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from blueprints import comments
from blueprints import services as blueprints
from blueprints.models import Blueprint, BlueprintComment, BlueprintMessage, BlueprintReference
from blueprints.references import capturing, given
from operations.models import Operation
from studio import services
from studio.core import git
from studio.models import ApiKey, Project

ACTORS = ("anonymous", "stranger", "viewer", "editor", "owner", "owner's reading key", "stranger's key")


@dataclass
class World:
    project: Project
    blueprint: Blueprint
    reply: BlueprintMessage
    picture: BlueprintReference
    broken: BlueprintReference
    comment: BlueprintComment
    pending: Operation
    failed: Operation
    people: dict[str, User]

    def client(self, actor: str) -> Client:
        """A client of one of ACTORS, with nothing but what that actor has."""
        if actor == "anonymous":
            return Client()
        if actor == "owner's reading key":
            return Client(headers={"X-API-Key": _key(self.people["owner"], ApiKey.Scope.READ)})
        if actor == "stranger's key":
            return Client(headers={"X-API-Key": _key(self.people["stranger"], *ApiKey.Scope.values)})
        client = Client()
        client.force_login(self.people[actor])
        return client


def build_world(project: Project, owner: User, editor: User, viewer: User, stranger: User) -> World:
    """Everything a route may name: a plan with two versions, a stopped reply, operations, a repository."""
    blueprint = blueprints.create_blueprint(project=project, feature_name="World")
    for text in ("add Cat", "add Dog"):
        reply = blueprints.send_message(blueprint=blueprint, author=owner, text=text, dispatch=False)
        blueprints.answer(reply=reply)
    reply = blueprints.send_message(blueprint=blueprint, author=owner, text="say Hello.", dispatch=False)
    blueprints.stop_reply(reply=reply)
    picture = given.add_upload(blueprint=blueprint, by=owner, data=_picture(), name="shot.png")
    capturing.run_capture(reference_id=picture.pk)
    broken = given.add_url(blueprint=blueprint, by=owner, url="https://example.org/")
    BlueprintReference.objects.filter(pk=broken.pk).update(status="failed")
    comment = comments.add(blueprint=blueprint, item_id="ENT-1", text="Remove this", by=editor)
    blueprint.refresh_from_db()
    repository = git.repository(project.pk)
    repository.ensure()
    repository.commit_files(
        branch="main", files={"README.md": b"# Aeries\n"}, message="Begin", replace=True, trailer="Test: 1"
    )
    people = {"owner": owner, "editor": editor, "viewer": viewer, "stranger": stranger}
    pending, failed = (
        Operation.objects.create(
            project=project, project_slug=project.slug, type="build", status=status, blueprint=blueprint
        )
        for status in ("pending", "failed")
    )
    return World(project, blueprint, reply, picture, broken, comment, pending, failed, people)


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "#336699").save(out, "PNG")
    return out.getvalue()


def _key(user: User, *scopes: str) -> str:
    return services.create_api_key(user=user, name="tests", scopes=scopes)[1]
