"""What the conversation tells the floors above, which it does not know."""

from django.dispatch import Signal

# Sent after the commit of a turn in which somebody asked to build a plan that is ready.
# Arguments: blueprint (Blueprint), by (the user who asked, or None).
build_requested = Signal()
