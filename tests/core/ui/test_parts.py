"""Components: labels, errors, escapes, and no decision hidden in colour."""

from datetime import UTC, datetime, timedelta

import pytest
from django import forms
from django.template import Context, Template, engines
from django.test import RequestFactory

from kapstone.core.ui.charts.rooms_day import draw_rooms_day
from kapstone.core.ui.charts.window_curve import draw_window_curve
from kapstone.core.ui.forms import Problem, problems
from kapstone.core.ui.parts import Act, Need, Tone
from kapstone.core.ui.samples import clinic, components


def shown(source, **given):
    return Template("{% load ui %}" + source).render(Context(given))


def test_an_error_is_named_at_the_top_and_at_its_field():
    form = components.wrong_form()
    page = shown("{% error_summary form %}{% fields form %}", form=form)
    assert "There is a problem" in page
    assert '<a href="#id_pressure_0">Choose yes, no or not sure</a>' in page
    assert 'id="id_pressure_0"' in page
    assert 'id="id_ride-error"' in page
    assert 'aria-describedby="id_ride-error"' in page


def test_a_form_that_is_well_has_no_summary():
    assert shown("{% error_summary form %}", form=components.SampleForm()).strip() == ""


def test_a_summary_takes_the_focus():
    page = shown("{% error_summary found %}", found=[Problem(text="Choose one", field_id="x")])
    assert 'role="alert"' in page
    assert "autofocus" in page


def test_a_hint_is_tied_to_its_field():
    page = shown("{% field form.weight %}", form=components.SampleForm())
    assert 'aria-describedby="id_weight-hint"' in page
    assert 'id="id_weight-hint"' in page
    assert '<label for="id_weight">' in page


def test_choices_stand_under_a_legend_that_is_tied_to_its_hint():
    page = shown("{% field form.pressure %}", form=components.wrong_form())
    assert "<fieldset" in page
    assert 'aria-describedby="id_pressure-hint id_pressure-error"' in page
    assert "<legend" in page


def test_one_question_a_page_is_the_heading_of_the_page():
    page = shown(
        '{% field form.pressure question="Question 3 of 7" %}', form=components.SampleForm()
    )
    assert "<h1>Has a doctor ever told you" in page
    assert "Question 3 of 7" in page


def test_errors_of_the_whole_form_come_first():
    class Pair(forms.Form):
        low = forms.IntegerField()

        def clean(self):
            raise forms.ValidationError("Low is above high")

    found = list(problems(Pair({})))
    assert [one.text for one in found] == ["Low is above high", "This field is required."]


def test_words_are_escaped_everywhere():
    need = Need(who="<b>", what="<i>", why="<u>", icon="phone-call", tone=Tone.RED)
    page = shown("{% needs items %}{% quote said %}", items=[need], said="<script>")
    assert "<script>" not in page
    assert "&lt;b&gt;" in page


def test_an_act_that_changes_something_is_posted():
    need = Need(
        who="Cypress",
        what="Consent",
        icon="signature",
        act=Act(label="Send", href="/send", post=True),
    )
    page = shown("{% needs items %}", items=[need], csrf_token="token")  # noqa: S106
    assert '<form method="post" action="/send">' in page
    assert 'value="token"' in page


def test_a_closed_button_says_what_is_left():
    page = shown('{% button "Discharge" kind="closed" note="2 to go" type="button" %}')
    assert 'aria-disabled="true"' in page
    assert "2 to go" in page


def test_a_button_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="colour"):
        shown('{% button "Go" colour="red" %}')


def test_a_chart_comes_with_its_table_and_a_stop_for_the_keyboard():
    page = shown('{% drawing d name="plan" %}', d=draw_window_curve(clinic.WINDOW))
    assert page.count("<svg") >= 1
    assert "Show as a table" in page
    assert 'tabindex="0"' in page
    assert '<script id="plan-stops" type="application/json">' in page


def test_a_chart_without_data_is_words_alone():
    empty = draw_window_curve(clinic.WINDOW.__class__(uid="w", title="t", curve=None))
    page = shown("{% drawing d %}", d=empty)
    assert "No dose yet" in page
    assert "<svg" not in page


def test_a_wide_chart_that_may_scroll_can_be_reached_by_keyboard():
    page = shown("{% picture d %}", d=draw_rooms_day(clinic.ROOMS))
    assert 'tabindex="0" role="group" aria-label="Rooms today"' in page


@pytest.mark.parametrize(
    ("words", "drawn"),
    [("SpO2", "SpO<sub>2</sub>"), ("Last SpO2 <", "Last SpO<sub>2</sub> &lt;"), ("BP", "BP")],
)
def test_the_two_of_saturation_is_set_low(words, drawn):
    assert shown("{{ words|subscript }}", words=words) == drawn


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "just now"), (1, "1\xa0minute ago"), (303, "5\xa0hours ago"), (1800, "1\xa0day ago")],
)
def test_how_long_ago_is_said_in_one_unit(minutes, words):
    at = datetime(2026, 5, 14, 10, 42, tzinfo=UTC)
    since = at - timedelta(minutes=minutes)
    assert shown("{{ since|ago:at }}", since=since, at=at) == words


def test_evidence_is_said_in_words_and_the_dots_are_for_eyes_alone():
    page = shown('{% evidence 2 "Seen in animals" %}')
    assert page.count('class="on"') == 2
    assert 'aria-hidden="true"' in page
    assert "Seen in animals" in page


def test_the_current_tab_is_marked_for_everyone():
    page = shown('{% tabs items "Patient" %}', items=components.VIEWS)
    assert page.count('aria-current="page"') == 1


@pytest.mark.parametrize("shell", ["clinic", "patient", "public", "room"])
def test_a_shell_stands_on_its_own(shell):
    request = RequestFactory().get("/here")
    page = engines["django"].get_template(f"ui/{shell}.html").render({}, request)
    assert '<main id="main"' in page or 'id="main"' in page
    assert "Skip to the page" in page
    assert '"allowEval":false' in page


def test_rest_mode_has_no_tabs_and_keeps_help():
    request = RequestFactory().get("/me/")
    template = engines["django"].get_template("ui/patient.html")
    day = template.render({"tabs": components.PATIENT_TABS}, request)
    rest = template.render({"tabs": components.PATIENT_TABS, "rest": True}, request)
    assert 'class="tabbar"' in day
    assert 'class="tabbar"' not in rest
    assert "Help now" in rest
