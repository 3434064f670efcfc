"""Addresses of the post: the clinic's list, and a patient's own choice."""

from django.urls import path

from kapstone.core.post import views

app_name = "post"
urlpatterns = [
    path("post/", views.post, name="post"),
    path("post/<uuid:message_key>/", views.message, name="message"),
    path("me/messages/", views.wish, name="wish"),
]
