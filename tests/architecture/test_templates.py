"""Templates obey the content policy, and work where scripts do not."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "src").rglob("templates/**/*.html"))
TAG = re.compile(r"<([a-z][\w-]*)((?:\s[^<>]*)?)>", re.IGNORECASE)
REQUESTS = re.compile(r"\shx-(get|post|put|patch|delete)=")
PLAIN_WAY = re.compile(r"\s(href|action|formaction)=")
REFRESHES = re.compile(r"""\shx-trigger=["']every """)


def markup(path):
    """Return the template without its own language, whose signs look like a tag's end."""
    text = re.sub(
        r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", path.read_text(), flags=re.S
    )
    return re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "x", text, flags=re.S)


def tags(path):
    return TAG.findall(markup(path))


def short(path):
    return str(path.relative_to(ROOT / "src" / "kapstone"))


@pytest.mark.parametrize("path", TEMPLATES, ids=short)
def test_a_template_has_nothing_inline_that_the_policy_would_block(path):
    for name, attributes in tags(path):
        assert name != "style"
        assert not re.search(r"\sstyle=", attributes), attributes
        assert not re.search(r"\son\w+=", attributes), attributes
        assert "javascript:" not in attributes
        if name == "script":
            assert re.search(r"\ssrc=", attributes) or "application/json" in attributes


@pytest.mark.parametrize("path", TEMPLATES, ids=short)
def test_what_htmx_does_can_be_done_without_it(path):
    for name, attributes in tags(path):
        if REQUESTS.search(attributes) and not REFRESHES.search(attributes):
            assert PLAIN_WAY.search(attributes), f"<{name}{attributes}>"


@pytest.mark.parametrize("path", TEMPLATES, ids=short)
def test_a_template_trusts_no_text(path):
    """Markup that Kapstone draws is marked safe by the code that drew it, never here."""
    text = path.read_text()
    assert not re.search(r"\|\s*safe\b|\{%\s*autoescape\s+off", text)


def test_the_net_catches_what_it_is_for(tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text('<p style="x"><a hx-get="/x">{% if a > b %}</a><script>1</script>')
    found = tags(bad)
    assert ("p", ' style="x"') in found
    assert ("a", ' hx-get="/x"') in found
    assert ("script", "") in found
