"""Addresses of the drug log."""

from django.urls import path

from kapstone.clinic.drugs.views import counting, drawing, lots, reporting, stock

app_name = "drugs"
_container = "drugs/containers/<uuid:container_key>"
_draw = "drugs/draws/<uuid:draw_key>"
urlpatterns = [
    path("drugs/", stock.stock, name="stock"),
    path("drugs/receive/", stock.receiving, name="receive"),
    path("drugs/places/", stock.places, name="places"),
    path("drugs/draw/", drawing.for_whom, name="for_whom"),
    path("drugs/counts/", counting.counts, name="counts"),
    path("drugs/counts/<uuid:count_key>/", counting.count, name="count"),
    path("drugs/differences/<uuid:line_key>/", counting.difference, name="difference"),
    path("drugs/lots/", lots.lots, name="lots"),
    path("drugs/lots/<uuid:lot_key>/", lots.lot, name="lot"),
    path("drugs/holds/<uuid:hold_key>/release/", lots.release, name="release"),
    path("drugs/reports/", reporting.reports, name="reports"),
    path("drugs/reports/file/", reporting.export, name="export"),
    path(f"{_container}/", stock.container, name="container"),
    path(f"{_container}/move/", stock.move, name="move"),
    path(f"{_container}/waste/", stock.waste, name="waste"),
    path(f"{_container}/send/", stock.send, name="send"),
    path(f"{_container}/count/", counting.count_one, name="count_one"),
    path("drugs/entries/<uuid:movement_key>/reverse/", stock.reversal, name="reverse"),
    path("patients/<uuid:patient_key>/draw/", drawing.drawing, name="draw_up"),
    path(f"{_draw}/", drawing.draw, name="draw"),
    path(f"{_draw}/given/", drawing.give, name="give"),
    path(f"{_draw}/waste/", drawing.waste, name="waste_draw"),
    path(f"{_draw}/put-back/", drawing.put_back, name="put_back"),
]
