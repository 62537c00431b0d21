"""The pages about codes, as they stand in the documentation; they come with the program (folder ``codes``)."""

from __future__ import annotations

import re
from importlib.resources import files

from sregistry.codes import find

#: The page that lists all codes.
INDEX = "index"
_CODE = re.compile(r"(?=.{1,100}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->\n?", re.DOTALL)


def page(code: str) -> str | None:
    """The page about `code` in Markdown, or the list of all for `INDEX`; None if there is none."""
    if not _CODE.fullmatch(code):
        return None
    file = files(__package__) / "codes" / f"{code}.md"
    if file.is_file():
        return _COMMENT.sub("", file.read_text(encoding="utf-8"))
    # Another package's.
    declared = find(code)
    return declared.page.markdown(code) if declared else None
