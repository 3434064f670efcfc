"""The style guide's own addresses, for looking at it without the rest of the house."""

from django.urls import include, path

from kapstone.core.ui import views

app_name = "ui"
_shared = (
    [
        path("theme", views.choose_theme, name="theme"),
        path("styleguide", views.styleguide, name="styleguide"),
    ],
    "ui",
)
urlpatterns = [path("", include(_shared))]
