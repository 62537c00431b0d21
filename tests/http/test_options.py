"""Words for files."""

from pathlib import Path

from sregistry.http.options import file_words


def test_words_for_files_use_the_home_folder() -> None:
    assert file_words(Path("/home/me/.docker/config.json"), Path("/home/me")) == "~/.docker/config.json"
    assert file_words(Path("/etc/x"), Path("/home/me")) == "/etc/x"
