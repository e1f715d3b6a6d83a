"""What the conversation tells the floors above, which it does not know."""

from django.dispatch import Signal

# Sent within the transaction of a turn in which somebody asked to build a plan that is ready, so that no
# crash comes between the answer that promises the build and the build.
# Arguments: blueprint (Blueprint), by (the user who asked, or None).
build_requested = Signal()

# Sent within the transaction in which a call of a model is settled. Argument: call (ModelCall).
model_called = Signal()
