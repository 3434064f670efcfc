"""Every sentence for patients in these stages is plain, and promises nothing."""

import html
import re
from pathlib import Path

import pytest

from kapstone.catalogue.lint import faults

CLINIC = Path(__file__).parents[3] / "src" / "kapstone" / "clinic"
STAGES = ("measures", "consent", "preparation", "outcomes")
PARENT = re.compile(r'extends "(?:ui/patient|\w+/own_base)\.html"')
INSIDE = re.compile(
    r"</?(?:p|h[1-3]|li|a|b|small|span|dt|dd|button|section|ul|div|form)\b[^>]*>"
)
TEMPLATES = [
    path
    for stage in STAGES
    for path in sorted((CLINIC / stage / "templates").rglob("*.html"))
    if PARENT.search(path.read_text()) or path.name == "copy_text.html"
]


def sentences(path):
    text = re.sub(r"\{%.*?%\}", " ", path.read_text(), flags=re.S)
    text = re.sub(r"\{\{.*?\}\}", "it", text, flags=re.S)
    for part in INSIDE.split(text):
        yield " ".join(html.unescape(re.sub(r"<[^>]+>", " ", part)).split())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_patient_page_is_plain(path):
    assert [(words, faults(words)) for words in sentences(path) if faults(words)] == []


def test_there_are_pages_to_read():
    assert len(TEMPLATES) >= 18
