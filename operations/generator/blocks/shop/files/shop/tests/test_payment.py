"""Cards are checked as a real shop would check them."""

from django.test import SimpleTestCase

from shop.payment import CardForm, is_card_number

FINE = {"card_number": "4242 4242 4242 4242", "expires": "12/39", "security_code": "123"}


class PaymentTests(SimpleTestCase):
    def mistakes(self, **changes: str) -> dict[str, list[str]]:
        return CardForm(FINE | changes).errors

    def test_the_test_card_is_accepted(self) -> None:
        self.assertEqual(self.mistakes(), {})
        self.assertEqual(self.mistakes(expires="3/2039", security_code="1234"), {})

    def test_check_digits_are_checked(self) -> None:
        self.assertTrue(is_card_number("4242424242424242"))
        self.assertFalse(is_card_number("4242424242424241"))
        self.assertFalse(is_card_number("4242"))
        self.assertIn("card_number", self.mistakes(card_number="4242 4242 4242 4241"))

    def test_a_declined_card_is_told(self) -> None:
        found = self.mistakes(card_number="4000 0000 0000 0002")
        self.assertIn("declined", found["card_number"][0])

    def test_old_cards_and_nonsense_are_refused(self) -> None:
        for expires in ("01/20", "13/39", "soon", ""):
            self.assertIn("expires", self.mistakes(expires=expires), expires)
        for code in ("12", "abcd", ""):
            self.assertIn("security_code", self.mistakes(security_code=code), code)
