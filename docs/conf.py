"""How the documentation is built: Sphinx, MyST and furo; a warning is an error."""

from pathlib import Path

from kapstone import __version__

project = "Kapstone"
author = "The Kapstone contributors"
copyright = "the Kapstone contributors, Apache-2.0"
version = release = __version__

here = Path(__file__).parent
extensions = ["myst_parser", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}
myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence"]
myst_heading_anchors = 3

# The science pages cite published work, where a bibliography is given.
bibliographies = sorted(path.name for path in here.glob("*.bib"))
bibliographies += sorted(f"science/{path.name}" for path in (here / "science").glob("*.bib"))
if bibliographies:
    extensions.append("sphinxcontrib.bibtex")
    bibtex_bibfiles = bibliographies
    bibtex_default_style = "unsrtalpha"

html_theme = "furo"
html_title = "Kapstone"
html_show_sphinx = False
