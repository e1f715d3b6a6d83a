"""The social block in a whole app: a stream, comments with replies, reviews, likes, people."""

from __future__ import annotations

from pathlib import Path

from blueprints.schemas import BlueprintDocument
from operations.generator.ledger import judge
from operations.generator.parts import social_parts
from operations.generator.plan import make_plan
from operations.generator.render import render
from tests.generator import documents
from tests.generator.documents import ORCHARD, component, entity, link, rule
from tests.generator.generated import GeneratedApp


def picture_wall() -> BlueprintDocument:
    """Posts with everything people can say about them, and a topic that can be closed."""
    document = BlueprintDocument(feature_name="Wall", summary="Pictures and what people say about them.")
    user = entity(document, "User", "name")
    tag = entity(document, "Tag", "name")
    post = entity(document, "Post", "title, image: image, caption?: text")
    link(document, post, user, "author")
    link(document, post, tag, "tags", kind="many_to_many", required=False)
    comment = entity(document, "Comment", "text: text")
    link(document, comment, post)
    link(document, comment, user, "author")
    like = entity(document, "Like", "person name")
    link(document, like, post)
    topic = entity(document, "Topic", "title, content: text, closed?: boolean, pinned?: boolean")
    reply = entity(document, "Reply", "author name, text: text, written at: datetime")
    link(document, reply, topic)
    review = entity(document, "Review", "author name, rating: integer, text: text")
    remark = entity(document, "Remark", "author name, text: text, written at: datetime")
    link(document, remark, topic)
    answer = entity(document, "Answer", "author name, text: text")
    link(document, answer, topic)
    link(document, review, topic)
    component(document, "feed", post, route="/")
    for kind in ("comments", "reviews", "likes", "follow", "reports"):
        rule(document, f"social.{kind}")
    return document


def test_a_community_is_clean_passes_its_tests_and_proves_its_rules(tmp_path: Path) -> None:
    plan = make_plan([picture_wall()], ORCHARD)
    app = GeneratedApp(tmp_path / "app")
    files = app.build(plan)
    app.assert_clean()
    results = app.test_passing()
    verdicts = [v for v in judge(plan, results, None, files) if v.item_id.startswith(("RULE", "UI"))]
    assert {v.status for v in verdicts} == {"met"}, verdicts
    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")


def test_what_people_say_is_recognised_by_what_it_holds() -> None:
    found = {part.part: part for part in social_parts(make_plan([picture_wall()], ORCHARD))}
    assert {name: part.kind for name, part in found.items()} == {
        "Comment": "comments", "Like": "likes", "Reply": "comments", "Review": "reviews",
        "Remark": "comments", "Answer": "comments",
    }  # fmt: skip
    assert found["Comment"].owner == "author" and found["Comment"].parent == "parent"
    assert found["Reply"].asked == ("text",) and found["Reply"].closed == "closed"


def test_comments_bring_the_block_without_a_word_about_it() -> None:
    plan = make_plan([documents.recipe_box()], ORCHARD)
    files = render(plan)
    assert plan.block("social") is not None and plan.home == ""
    assert b"social/comments.html" in files["records/views.py"]
    assert not {"social/feed.py", "social/people.py"} & files.keys()
