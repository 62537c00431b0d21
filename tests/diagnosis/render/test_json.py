"""JSON that any reader takes, whatever bytes the facts hold."""

import json

from sregistry.diagnosis import explain
from sregistry.diagnosis.render import render_json
from sregistry.errors import SregistryError


def test_it_is_one_object_in_ascii_with_the_facts_when_asked() -> None:
    error = SregistryError("layer-escape", "the path of an entry leads outside the image", path="a\udcff")
    text = render_json(explain(error), error.facts)
    text.encode("ascii")
    assert json.loads(text)["facts"] == {"path": "a\udcff"}
    assert "facts" not in json.loads(render_json(explain(error)))
