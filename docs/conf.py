"""The documentation's build: ``sphinx-build -W -b html docs docs/_build/html``, offline."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from sphinx.ext.napoleon.docstring import GoogleDocstring

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

project = "mistral_sanitize"
author = "The mistral_sanitize authors"
_project = (ROOT / "pyproject.toml").read_text("utf-8")
release = version = re.findall(r'^version = "(.+)"$', _project, re.MULTILINE)[0]

extensions = ["build_playground", "myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"mistral_sanitize {release}"
html_show_copyright = False
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
# Nothing is fetched when the docs are built, and nothing but the pages when they are read.
html_theme_options = {"top_of_page_buttons": []}

myst_heading_anchors = 3
myst_links_external_new_tab = False

# Single backticks in docstrings are names, and there is no index of all of them to link to.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
autodoc_class_signature = "mixed"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
# Napoleon takes what stands before a colon in an attribute's docstring for its type. Ours are
# sentences, and the types are annotations.
GoogleDocstring._parse_attribute_docstring = GoogleDocstring._consume_to_end

# The adapters import what they adapt. Its names are stood in for, installed or not, so that the
# pages are the same everywhere. LiteLLM, where something else imports it, is not to call out.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
_ADAPTED = (
    "aiohttp", "asgiref", "django", "fastapi", "httpx", "httpx2", "litellm", "mitmproxy",
    "niquests", "requests", "starlette", "tornado", "urllib3", "yarl", "multidict",
)  # fmt: skip
autodoc_mock_imports = list(_ADAPTED)
