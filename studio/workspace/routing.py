"""WebSocket addresses, included by `studio.asgi`."""

from django.urls import path

from studio.workspace.consumers import WorkspaceConsumer

websocket_urlpatterns = [path("ws/projects/<slug:slug>/", WorkspaceConsumer.as_asgi())]
