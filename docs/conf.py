"""How the pages become a site: `make docs`."""

project = "sregistry"
html_title = "sregistry"
copyright = "the authors of sregistry, Apache-2.0"  # noqa: A001 - the name that Sphinx reads
extensions = ["myst_parser", "sphinx_copybutton"]
html_theme = "furo"
html_theme_options = {"navigation_with_keys": True}
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
# The two hundred pages of errors are reached from their index and from each other, not from the bar on every page.
suppress_warnings = ["toc.not_included"]
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
highlight_language = "text"
pygments_style = "default"
pygments_dark_style = "monokai"
# What is copied from a conversation is what one types, without prompts and without what was printed.
copybutton_prompt_text = r"\$ |>>> |\.\.\. |> "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True
copybutton_remove_prompts = True
copybutton_line_continuation_character = "\\"
