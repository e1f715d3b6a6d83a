"""The API's addresses of blueprints and conversations."""

from django.urls import include, path

from blueprints.api import chat, plans

blueprint = [
    path("", plans.BlueprintDetail.as_view()),
    path("/messages", plans.MessageList.as_view()),
    path("/versions", plans.VersionList.as_view()),
    path("/versions/<int:number>", plans.Version.as_view()),
    path("/versions/<int:number>/restore", plans.Restoration.as_view()),
    path("/chat", chat.Chat.as_view()),
]

urlpatterns = [
    path("projects/<str:project>/blueprints", plans.BlueprintList.as_view()),
    path("projects/<str:project>/blueprints/<uuid:blueprint>", include(blueprint)),
]
