"""Two checks of the gate open at once: sending one keeps the other; a failed save says so."""

import pytest
from playwright.sync_api import expect

from tests.serving import assert_accessible

pytestmark = pytest.mark.journey


@pytest.fixture
def gate(sign_in, keys):
    """The gate that is held today, with the way home half answered and pressures typed."""
    page = sign_in("nurse")
    page.set_viewport_size({"width": 1180, "height": 900})
    page.goto(f"/sessions/{keys.sessions['Larch']}/gate/")
    for code in ("G8", "G13"):
        page.locator(f"#{code} details.answer summary").first.click()
    page.locator("#G8 input[name=systolic_mmhg]").fill("151")
    page.locator("#G8 input[name=spo2_percent]").fill("97")
    home = page.locator("#G13")
    home.locator("input[name=name]").fill("A brother")
    home.locator("input[name=phone]").fill("555 0101")
    home.locator("input[name=comes_at]").fill("2020-01-01T10:00")  # refused: long ago
    home.locator("input[name=confirmed]").first.check()
    return page


def send(page):
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.locator("#G13 form").get_by_role("button", name="Keep this answer").click()
    return sent.value


def test_what_is_typed_in_one_check_stays_when_another_is_sent(gate):
    page = gate
    assert send(page).status == 422
    page.locator("#G13 [role=alert]").wait_for()
    # Given back once the new page has settled, a moment after it is there.
    expect(page.locator("#G8 input[name=systolic_mmhg]")).to_have_value("151")
    expect(page.locator("#G8 input[name=spo2_percent]")).to_have_value("97")
    assert page.locator("#G8 details.answer").first.get_attribute("open") is not None
    assert page.locator("#G13 input[name=name]").input_value() == "A brother"
    kept = page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "A brother" not in kept
    assert "151" not in kept
    assert_accessible(page)


@pytest.mark.parametrize(
    ("status", "said"), [(409, "in the same moment"), (500, "something went wrong")]
)
def test_a_save_that_failed_says_so_and_loses_nothing(gate, status, said):
    page = gate
    page.route(
        "**/gate/",
        lambda route: (
            route.fulfill(status=status, body="")
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    # htmx tells the console too of the failure that this test makes.
    page.evaluate("console.error = () => {}")
    send(page)
    alert = page.locator("#not-saved")
    alert.wait_for()
    assert said in alert.inner_text()
    assert alert.get_attribute("role") == "alert"
    assert page.locator("#G8 input[name=systolic_mmhg]").input_value() == "151"
    assert page.locator("#G13 input[name=name]").input_value() == "A brother"
