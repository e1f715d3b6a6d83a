from django.urls import path

from jobs.health import health

app_name = "jobs"
urlpatterns = [path("worker", health, name="health")]
