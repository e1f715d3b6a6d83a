"""A payment that moves no money: cards are checked as a real shop would, and never stored.

4242 4242 4242 4242 is accepted, 4000 0000 0000 0002 is declined, as test cards of payment providers are.
"""

from __future__ import annotations

import re

from django import forms
from django.utils import timezone

from records.form import StyledForm

DECLINED = "4000000000000002"


def is_card_number(digits: str) -> bool:
    """The check digit of ISO/IEC 7812 (Luhn)."""
    if not re.fullmatch(r"\d{13,19}", digits):
        return False
    doubled = [
        int(digit) * 2 if place % 2 else int(digit) for place, digit in enumerate(digits[::-1])
    ]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


class CardForm(StyledForm, forms.Form):
    card_number = forms.CharField(
        max_length=23,
        help_text="This is a test shop. Use 4242 4242 4242 4242: nothing is charged.",
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "off", "placeholder": "4242 4242 4242 4242"}
        ),
    )
    expires = forms.CharField(
        max_length=7, widget=forms.TextInput({"placeholder": "MM/YY", "autocomplete": "off"})
    )
    security_code = forms.CharField(
        max_length=4,
        widget=forms.TextInput(
            {"inputmode": "numeric", "placeholder": "123", "autocomplete": "off"}
        ),
    )

    def clean_card_number(self) -> str:
        digits = re.sub(r"[ -]", "", self.cleaned_data["card_number"])
        if not is_card_number(digits):
            raise forms.ValidationError("This is not a card number.")
        if digits == DECLINED:
            raise forms.ValidationError("The card was declined. Try another one.")
        return digits

    def clean_expires(self) -> str:
        given = re.fullmatch(r"(\d{1,2}) ?/ ?(?:20)?(\d\d)", self.cleaned_data["expires"].strip())
        if not given or not 1 <= int(given[1]) <= 12:
            raise forms.ValidationError("Write it as on the card: month/year.")
        today = timezone.localdate()
        if (2000 + int(given[2]), int(given[1])) < (today.year, today.month):
            raise forms.ValidationError("This card has expired.")
        return f"{int(given[1]):02}/{given[2]}"

    def clean_security_code(self) -> str:
        code = self.cleaned_data["security_code"]
        if not re.fullmatch(r"\d{3,4}", code):
            raise forms.ValidationError("Three or four digits, from the back of the card.")
        return code
