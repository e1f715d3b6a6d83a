"""The API's addresses of blueprints and conversations."""

from django.urls import include, path

from blueprints.api import chat, comments, plans, references, usage

blueprint = [
    path("", plans.BlueprintDetail.as_view()),
    path("/messages", plans.MessageList.as_view()),
    path("/messages/<uuid:message>/resend", chat.Resend.as_view()),
    path("/messages/<uuid:message>/restore", chat.RestoreMessage.as_view()),
    path("/messages/<uuid:message>/withdraw", chat.Withdraw.as_view()),
    path("/versions", plans.VersionList.as_view()),
    path("/versions/<int:number>", plans.Version.as_view()),
    path("/versions/<int:number>/restore", plans.Restoration.as_view()),
    path("/chat", chat.Chat.as_view()),
    path("/comments", comments.CommentList.as_view()),
    path("/comments/<uuid:comment>", comments.CommentDetail.as_view()),
    path("/references", references.ReferenceList.as_view()),
    path("/references/<str:reference>", references.ReferenceDetail.as_view()),
    path("/references/<str:reference>/retry", references.Retry.as_view()),
    path(
        "/references/<str:reference>/<str:picture>.webp",
        references.Picture.as_view(),
        name="reference-picture",
    ),
]

urlpatterns = [
    path("projects/<str:project>/usage", usage.ProjectUsage.as_view()),
    path("projects/<str:project>/blueprints", plans.BlueprintList.as_view()),
    path("projects/<str:project>/blueprints/<uuid:blueprint>", include(blueprint)),
]
