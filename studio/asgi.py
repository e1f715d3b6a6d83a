"""The ASGI application: Django for HTTP, Channels for the workspace's WebSockets."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
http = get_asgi_application()

from studio.workspace.routing import websocket_urlpatterns  # noqa: E402 — models exist only from here on

# Cookies reach a socket from any page, so the page's origin must be one of ours.
websocket = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))

application = ProtocolTypeRouter({"http": http, "websocket": websocket})
