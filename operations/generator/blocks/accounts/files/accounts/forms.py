from django.contrib.auth.forms import AuthenticationForm, UserCreationForm
from django.core.exceptions import ValidationError

from accounts.demo import is_demo, is_offered
from accounts.models import User
from records.form import StyledForm


class SignInForm(StyledForm, AuthenticationForm):
    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        if is_demo(user.username) and not is_offered():
            raise ValidationError("Demo accounts open nothing here.", code="demo")


class SignUpForm(StyledForm, UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")
