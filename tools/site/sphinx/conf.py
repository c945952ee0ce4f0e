"""How Sphinx makes the site. tools/site.mjs calls it with what it reads already in place, and says in the environment what differs."""

import os

from docutils import nodes

project = "Self-supervised learning in TypeScript"
author = "The authors of the course"
html_title = project
language = "en"

extensions = ["myst_nb", "sphinx_copybutton"]
exclude_patterns = ["**/.ipynb_checkpoints"]

# The committed outputs are shown; nothing is executed.
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath", "strikethrough"]
myst_heading_anchors = 6
myst_dmath_double_inline = True
# A block that does not say its language is a formula or what a command prints.
highlight_language = "none"
# The highlighter does not know all of TypeScript; it then colours what it knows. Some texts begin below the first level of headings.
suppress_warnings = ["misc.highlighting_failure", "myst.header", "myst.strikethrough"]

html_theme = "sphinx_book_theme"
html_static_path = [os.path.join(os.path.dirname(__file__), "static")]
html_extra_path = [os.environ["SITE_EXTRA"]]
html_css_files = ["katex/katex.min.css", "site.css"]
html_js_files = [("charts.js", {"defer": "defer"}), ("reading.js", {"defer": "defer"})]
html_math_renderer = "source"
html_copy_source = False
# It lists what documented modules define; typedoc's pages do that here.
html_use_index = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_show_sphinx = False
html_favicon = os.path.join(os.path.dirname(__file__), "static", "icon.svg")
# As the reader's system has it, until they choose.
html_context = {"default_mode": "auto"}
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    "show_navbar_depth": 1,
    # A page and its solution: what lies deeper is not shown, and costs a third of the time.
    "navigation_depth": 2,
    "home_page_in_toc": False,
    # The sidebar has them.
    "navbar_start": [],
    "navbar_center": [],
    "navbar_end": [],
    "navbar_persistent": [],
    "logo": {"text": "Self-supervised learning in TypeScript"},
    "navigation_with_keys": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "extra_footer": "<p>Code under the Apache License 2.0. Built from the outputs that are committed with the notebooks.</p>",
}
repository = os.environ.get("SITE_REPOSITORY")
if repository:
    html_theme_options |= {"repository_url": repository, "use_repository_button": True, "use_issues_button": True}

copybutton_selector = "div.highlight pre"
copybutton_exclude = ".linenos, .gp"


def write_formula(self, node, display):
    """The formula as it was written; tools/site/finished-page.mjs puts what a browser draws in its place."""
    tag = "div" if display else "span"
    self.body.append(self.starttag(node, tag, "", CLASS=f"tex tex-{'display' if display else 'inline'}"))
    self.body.append(f"{self.encode(node.astext())}</{tag}>")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer(
        "source",
        inline_renderers=(lambda self, node: write_formula(self, node, False), None),
        block_renderers=(lambda self, node: write_formula(self, node, True), None),
    )
