"""Addresses of the access layer, and of the shared look, which stands below the doors."""

from django.urls import path

from kapstone.core.access import link_views, staff_views, views
from kapstone.core.access.doors import public_door
from kapstone.core.ui import views as look

app_name = "access"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("home/", views.home, name="home"),
    path("account/", views.account, name="account"),
    path("account/password/", staff_views.password, name="password"),
    path("w/<str:token>/", link_views.window_link, name="window_link"),
    path("people/", staff_views.people, name="people"),
    path("people/add/", staff_views.person_add, name="person_add"),
    path("people/<uuid:user_key>/", staff_views.person, name="person"),
    path("people/<uuid:user_key>/end/", staff_views.person_end, name="person_end"),
    path("people/<uuid:user_key>/reset/", staff_views.person_reset, name="person_reset"),
    path("patients/outside/", views.outside, name="outside"),
    path("patients/<uuid:patient_key>/break-glass/", views.glass, name="glass"),
    path("me/who-looked/", views.who_looked, name="who_looked"),
    path("audit/", views.audit, name="audit"),
    path("audit/glass/<uuid:glass_key>/", views.glass_review, name="glass_review"),
]
shared_look = (
    [
        path("theme", public_door(look.choose_theme, read=None), name="theme"),
        path("styleguide", public_door(look.styleguide, write=None), name="styleguide"),
    ],
    "ui",
)
