from django.contrib.auth.forms import AuthenticationForm, UserCreationForm

from accounts.models import User
from records.form import StyledForm


class SignInForm(StyledForm, AuthenticationForm):
    pass


class SignUpForm(StyledForm, UserCreationForm):
    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "email")
