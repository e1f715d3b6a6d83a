"""People say something below a record, and everybody who may see it reads it there."""

from django.test import TestCase

from social.parts import PARTS
from social.tests.cast import address, build, of_kind, open_record, signed_in, words_for


class CommentTests(TestCase):
    def test_there_is_something_to_comment_on(self) -> None:
        self.assertTrue(of_kind("comments"))

    def test_what_was_said_stands_below_the_record(self) -> None:
        client = signed_in()
        for part in of_kind("comments"):
            whole = open_record(part)
            sent = words_for(part, **{part.text: "Said below it."})
            answer = client.post(address(part, "say", whole), sent, follow=True)
            self.assertContains(answer, "Said below it.")
            self.assertEqual(getattr(whole, part.related).count(), 1)

    def test_saying_nothing_is_a_mistake_that_is_explained(self) -> None:
        client = signed_in()
        for part in of_kind("comments"):
            whole = open_record(part)
            answer = client.post(address(part, "say", whole), {})
            self.assertContains(answer, "Please fill this in.", status_code=422)
            self.assertEqual(getattr(whole, part.related).count(), 0)

    def test_a_reply_stands_below_what_it_answers(self) -> None:
        client = signed_in()
        for part in of_kind("comments"):
            if part.parent:
                whole = open_record(part)
                first = build(part.model, **{part.link: whole})
                sent = words_for(part, parent=first.pk)
                client.post(address(part, "say", whole), sent)
                replies = part.model.objects.filter(**{part.parent: first})
                self.assertEqual(replies.count(), 1)

    def test_what_is_closed_stays_as_it_is(self) -> None:
        client = signed_in()
        for part in of_kind("comments"):
            if part.closed:
                whole = build(part.whole, **{part.closed: True})
                answer = client.post(address(part, "say", whole), words_for(part))
                self.assertEqual(answer.status_code, 403)
                self.assertContains(client.get(whole.get_absolute_url()), "This is closed")

    def test_words_are_never_markup(self) -> None:
        client = signed_in()
        for part in of_kind("comments"):
            whole = open_record(part)
            sent = words_for(part, **{part.text: "<b>bold</b>"})
            answer = client.post(address(part, "say", whole), sent, follow=True)
            self.assertContains(answer, "&lt;b&gt;bold")

    def test_nothing_is_said_about_what_is_not_there(self) -> None:
        for part in PARTS:
            gone = build(part.whole)
            gone_address = address(part, "say", gone)
            gone.delete()
            self.assertEqual(signed_in().post(gone_address, {}).status_code, 404)
