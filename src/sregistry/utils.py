"""``from sregistry.utils import *``: the names that people know from earlier versions; the work is in `shell.names`."""

from sregistry.shell.names import get_uri, parse_image_name, remove_uri

__all__ = ["get_uri", "parse_image_name", "remove_uri"]
