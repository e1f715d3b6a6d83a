"""The ASGI application: Django for HTTP, with event streams in front; Channels for the workspace's WebSockets."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
# Five web processes fit into PostgreSQL's hundred connections. Requests beyond a pool's size wait in it.
os.environ.setdefault("DATABASE_POOL_SIZE", "16")
os.environ.setdefault("PGAPPNAME", "orchard-web")
http = get_asgi_application()

from django.urls import get_resolver  # noqa: E402 — models exist only from here on

from operations.stream import EventStreams  # noqa: E402
from studio.workspace.routing import websocket_urlpatterns  # noqa: E402

# Before the first request, or everybody who is connected waits for the import of all views.
get_resolver().url_patterns  # noqa: B018

# Cookies reach a socket from any page, so the page's origin must be one of ours.
websocket = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))

application = ProtocolTypeRouter({"http": EventStreams(http), "websocket": websocket})
