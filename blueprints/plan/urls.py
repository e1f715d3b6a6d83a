"""Addresses of the plan's forms and of its history."""

from django.urls import path

from blueprints.plan import comment_views, version_views, views

urlpatterns = [
    path("items/<str:item_id>/", views.item, name="plan-item"),
    path("items/<str:item_id>/removals/", views.removals, name="plan-removals"),
    path("items/<str:item_id>/unlockings/", views.unlockings, name="plan-unlockings"),
    path("additions/<slug:kind>/", views.new_item, name="plan-addition"),
    path("items/<str:item_id>/comments/", comment_views.new_comment, name="plan-comments"),
    path("comments/<uuid:comment_id>/", comment_views.comment, name="plan-comment"),
    path(
        "comments/<uuid:comment_id>/removals/", comment_views.comment_removals, name="plan-comment-removals"
    ),
    path("versions/", version_views.version_list, name="plan-versions"),
    path("versions/<int:number>/", version_views.version, name="plan-version"),
    path("versions/<int:number>/restorations/", version_views.restorations, name="plan-restorations"),
]
