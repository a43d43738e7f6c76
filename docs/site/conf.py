"""How Sphinx makes a site of the pages: `make docs` writes it to `out/site`. It needs nothing from elsewhere."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from runnable_runtime import __version__  # noqa: E402

project = "runnable"
author = copyright = "the authors of runnable"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "examples_of_site"]
root_doc = "docs/site/index"
include_patterns = [
    "docs/*.md",
    "docs/**/*.md",
    "out/examples/*.md",
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "benchmarks/README.md",
]
exclude_patterns = [
    ".*",
    "out/site",
    "compiler",
    "runtime_image",
    "tests",
    "benchmarks/.environments",
    "helm",
    "examples",
    "dist",
    "**/node_modules",
]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
suppress_warnings = ["misc.highlighting_failure"]  # of output in blocks of a language
default_role = "literal"  # docstrings have the marks of Markdown

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "exclude-members": "described, admit, as_pipeline, waits_for"}
napoleon_use_ivar = True
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"runnable {__version__}"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_search_summary = False  # these are fetched, which browsers do not do in a folder
html_theme_options = {"navigation_with_keys": True}
pygments_dark_style = "github-dark"
