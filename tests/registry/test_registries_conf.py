"""registries.conf: mirrors in order, longest prefix, other locations, blocks and aliases."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sregistry.errors import RegistryError
from sregistry.http.options import Options
from sregistry.references import parse
from sregistry.registry import registries_conf, registries_toml
from sregistry.registry.registries_conf import Endpoint, RegistriesConf

DIGEST = "@sha256:" + "ab" * 32


def conf(*texts: str) -> RegistriesConf:
    documents = [registries_toml.parse(text.encode(), f"{index}.conf") for index, text in enumerate(texts)]
    return registries_conf.merge(documents)


def places(text: str, reference: str) -> list[str]:
    return [f"{place.host}/{place.repository}" for place in conf(text).endpoints(parse(reference))]


MIRRORED = """
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "mirror.local:5000"
insecure = true
[[registry.mirror]]
location = "cache.example/hub/"
"""


def test_without_rules_the_reference_says_where() -> None:
    place = Endpoint("docker.io", "library/ubuntu", False, False, "the reference")
    assert RegistriesConf().endpoints(parse("ubuntu")) == [place]
    assert place.api_host == "registry-1.docker.io"


def test_mirrors_come_in_order_before_the_registry() -> None:
    assert conf(MIRRORED).endpoints(parse("ubuntu")) == [
        Endpoint("mirror.local:5000", "library/ubuntu", True, True, "0.conf"),
        Endpoint("cache.example", "hub/library/ubuntu", False, True, "0.conf"),
        Endpoint("docker.io", "library/ubuntu", False, False, "0.conf"),
    ]
    assert places(MIRRORED, "ghcr.io/a/b") == ["ghcr.io/a/b"]


@pytest.mark.parametrize("prefix", ["docker.io", "registry-1.docker.io", "index.docker.io"])
def test_docker_hub_has_several_names(prefix: str) -> None:
    text = f'[[registry]]\nprefix = "{prefix}"\nlocation = "other.example"'
    assert places(text, "ubuntu") == ["other.example/library/ubuntu"]


def test_the_location_takes_the_place_of_the_prefix() -> None:
    text = '[[registry]]\nprefix = "ghcr.io/acme"\nlocation = "local:5000/copies/acme"\ninsecure = true'
    (place,) = conf(text).endpoints(parse("ghcr.io/acme/tool:1"))
    assert (place.host, place.repository, place.insecure) == ("local:5000", "copies/acme/tool", True)
    assert places(text, "ghcr.io/acmeology/tool") == ["ghcr.io/acmeology/tool"]


def test_a_location_at_docker_hub_gets_library() -> None:
    assert places('[[registry]]\nprefix = "hub.local"\nlocation = "docker.io"', "hub.local/ubuntu") == [
        "docker.io/library/ubuntu"
    ]


@pytest.mark.parametrize(
    ("reference", "location"),
    [
        ("ghcr.io/other/x", "a.example/other/x"),
        ("ghcr.io/acme/x", "b.example/x"),
        ("ghcr.io/acme/tool", "c.example/only"),
        ("ghcr.io/acme/tool2", "b.example/tool2"),
    ],
)
def test_the_longest_prefix_wins(reference: str, location: str) -> None:
    rules = {"ghcr.io": "a.example", "ghcr.io/acme/tool": "c.example/only", "ghcr.io/acme": "b.example"}
    text = "\n".join(f'[[registry]]\nprefix = "{prefix}"\nlocation = "{to}"' for prefix, to in rules.items())
    assert places(text, reference) == [location]


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ("a.example.com/x/y", "all.local/x/y"),
        ("a.b.example.com/x/y", "all.local/x/y"),
        ("example.com/x/y", "example.com/x/y"),
        ("badexample.com/x/y", "badexample.com/x/y"),
        ("one.example.com/x/y", "one.local/x/y"),
        ("ghcr.io/a.example.com/y", "ghcr.io/a.example.com/y"),
    ],
)
def test_a_star_stands_for_subdomains(reference: str, place: str) -> None:
    text = """
    [[registry]]
    prefix = "*.example.com"
    location = "all.local"
    [[registry]]
    prefix = "one.example.com"
    location = "one.local"
    """
    assert places(text, reference) == [place]


def test_a_rule_without_location_keeps_the_name() -> None:
    text = '[[registry]]\nprefix = "*.example.com"\ninsecure = true'
    (place,) = conf(text).endpoints(parse("a.example.com:5000/x/y"))
    assert (place.host, place.repository, place.insecure) == ("a.example.com:5000", "x/y", True)


def test_a_blocked_registry_is_refused() -> None:
    text = '[[registry]]\nprefix = "docker.io/bad"\nblocked = true'
    with pytest.raises(RegistryError) as caught:
        conf(text).endpoints(parse("bad/image"))
    assert caught.value.code == "registry-blocked"
    assert (caught.value.facts["file"], caught.value.facts["prefix"]) == ("0.conf", "docker.io/bad")
    assert places(text, "good/image") == ["docker.io/good/image"]


@pytest.mark.parametrize(
    ("setting", "by_tag", "by_digest"),
    [("all", True, True), ("digest-only", False, True), ("tag-only", True, False)],
)
def test_a_mirror_may_serve_only_tags_or_digests(setting: str, by_tag: bool, by_digest: bool) -> None:
    text = f"""
    [[registry]]
    location = "ghcr.io"
    [[registry.mirror]]
    location = "mirror.local"
    pull-from-mirror = "{setting}"
    """
    assert ("mirror.local/a/b" in places(text, "ghcr.io/a/b:1")) is by_tag
    assert ("mirror.local/a/b" in places(text, "ghcr.io/a/b" + DIGEST)) is by_digest
    assert ("mirror.local/a/b" in places(text, "ghcr.io/a/b:1" + DIGEST)) is by_digest


def test_mirror_by_digest_only() -> None:
    text = '[[registry]]\nlocation = "ghcr.io"\nmirror-by-digest-only = true\nmirror = [{location = "m.local"}]'
    assert places(text, "ghcr.io/a/b:1") == ["ghcr.io/a/b"]
    assert places(text, "ghcr.io/a/b" + DIGEST) == ["m.local/a/b", "ghcr.io/a/b"]


ALIASES = '[aliases]\ntool = "quay.io/team/tool"\n"acme/x" = "ghcr.io/acme/x"\nubuntu = ""'


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("tool", "quay.io/team/tool"),
        ("docker://tool:1.2", "quay.io/team/tool"),
        ("acme/x" + DIGEST, "ghcr.io/acme/x"),
        ("docker.io/library/tool", "docker.io/library/tool"),
        ("library/tool", "docker.io/library/tool"),
        ("ghcr.io/tool", "ghcr.io/tool"),
        ("ubuntu", "docker.io/library/ubuntu"),
    ],
)
def test_an_alias_stands_for_a_short_name_only(written: str, name: str) -> None:
    reference = parse(written)
    expanded = conf(ALIASES).expand(reference)
    assert expanded.name == name
    assert (expanded.tag, expanded.digest) == (reference.tag, reference.digest)
    assert bool(expanded.notes) == (expanded.registry != reference.registry)


def test_rules_apply_to_what_an_alias_stands_for() -> None:
    assert places(ALIASES + '\n[[registry]]\nprefix = "quay.io"\nlocation = "m.local"', "tool") == ["m.local/team/tool"]


def test_later_files_replace_rules_and_aliases() -> None:
    first = '[[registry]]\nprefix = "ghcr.io"\nlocation = "a.local"\n[aliases]\nx = "a.local/x"\ny = "a.local/y"'
    second = '[[registry]]\nprefix = "ghcr.io"\nlocation = "b.local"\n[aliases]\nx = "b.local/x"\ny = ""'
    merged = conf(first, second)
    (place,) = merged.endpoints(parse("ghcr.io/a/b"))
    assert (place.host, place.source) == ("b.local", "1.conf")
    assert merged.expand(parse("x")).registry == "b.local"
    assert merged.expand(parse("y")).registry == "docker.io"


def test_the_old_form_is_read() -> None:
    text = "[registries.insecure]\nregistries = ['a.local']\n[registries.block]\nregistries = ['b.local']"
    (place,) = conf(text).endpoints(parse("a.local/x"))
    assert place.insecure
    with pytest.raises(RegistryError):
        conf(text).endpoints(parse("b.local/x"))


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(home=tmp_path / "home", etc=tmp_path / "etc")


def write(folder: Path, name: str, prefix: str, location: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f'[[registry]]\nprefix = "{prefix}"\nlocation = "{location}"')
    return folder / name


def hosts(options: Options, *references: str) -> list[str]:
    loaded = registries_conf.load(options)
    return [loaded.endpoints(parse(reference))[0].host for reference in references]


def test_without_files_nothing_is_configured(options: Options) -> None:
    assert registries_conf.load(options) == RegistriesConf()


def test_the_system_s_file_then_its_folder_then_the_user_s(options: Options) -> None:
    system, user = options.etc / "containers", options.home / ".config" / "containers"
    write(system, "registries.conf", "ghcr.io", "system.local")
    write(system / "registries.conf.d", "10-a.conf", "quay.io", "ten.local")
    write(system / "registries.conf.d", "20-a.conf", "quay.io", "twenty.local")
    write(system / "registries.conf.d", "30-a.toml", "quay.io", "not-read.local")
    assert hosts(options, "ghcr.io/a", "quay.io/a") == ["system.local", "twenty.local"]
    write(user / "registries.conf.d", "01-b.conf", "quay.io", "user.local")
    assert hosts(options, "ghcr.io/a", "quay.io/a") == ["system.local", "user.local"]


def test_a_user_s_file_leaves_the_system_s_out(options: Options) -> None:
    system, user = options.etc / "containers", options.home / ".config" / "containers"
    write(system, "registries.conf", "ghcr.io", "system.local")
    write(system / "registries.conf.d", "10-a.conf", "quay.io", "ten.local")
    write(user, "registries.conf", "gcr.io", "user.local")
    assert hosts(options, "ghcr.io/a", "quay.io/a", "gcr.io/a") == ["ghcr.io", "quay.io", "user.local"]


def test_a_setting_goes_before_the_variable_before_the_files(options: Options, tmp_path: Path) -> None:
    write(options.home / ".config" / "containers", "registries.conf", "ghcr.io", "user.local")
    variable = write(tmp_path, "variable.conf", "ghcr.io", "variable.local")
    setting = write(tmp_path, "setting.conf", "ghcr.io", "setting.local")
    environ = {"CONTAINERS_REGISTRIES_CONF": str(variable)}
    given = Options(home=options.home, etc=options.etc, environ=environ)
    assert hosts(given, "ghcr.io/a") == ["variable.local"]
    given = Options(home=options.home, etc=options.etc, environ=environ, registries_conf=setting)
    assert hosts(given, "ghcr.io/a") == ["setting.local"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[[registry]]\nlocation = \n", 2),
        ("a = 1\n[[registry", 2),
        ("[[registry]]\nlocation = 'a'\n\n[[registry]]\ninsecure = true", 4),
        ("\n[[registry]]\nlocation = 'https://ghcr.io'", 3),
        ("[[registry]]\nlocation = 1", 2),
        ("[[registry]]\nlocation = 'a b'", 2),
        ("[[registry]]\nlocation = '*.example.com'", 2),
        ("[[registry]]\nlocation = 'a'\nblocked = 'yes'", 3),
        ("[[registry]]\nlocation = 'a'\nmirror = 'b'", 3),
        ("[[registry]]\nlocation = 'a'\n[[registry.mirror]]\ninsecure = true", 3),
        ("[[registry]]\nlocation = 'a'\n\n[[registry.mirror]]\nlocation = 'b'\n\ninsecure = 1", 7),
        ("[[registry]]\nlocation = 'a'\n[[registry.mirror]]\nlocation = 'b'\n[[registry]]\nlocation = 1", 6),
        ("[[registry]]\nlocation = 'a'\nmirror = [{location = 'b', pull-from-mirror = 'never'}]", 3),
        (
            "[[registry]]\nlocation = 'a'\nmirror-by-digest-only=true\nmirror=[{location='b',pull-from-mirror='all'}]",
            4,
        ),
        ("\n[registry]\nlocation = 'a'", 2),
        ("[aliases]\nx = 'docker.io/x'\ny = 'short'", 3),
        ("aliases = 1", 1),
        ("[registries.block]\nregistries = [1]", 1),
        ("a = '\ud800'", 1),
    ],
)
def test_a_malformed_file_is_named_with_the_line(options: Options, tmp_path: Path, text: str, line: int) -> None:
    file = tmp_path / "registries.conf"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(RegistryError) as caught:
        registries_conf.load(Options(home=tmp_path, registries_conf=file))
    assert caught.value.code == "setting-registries-conf"
    assert (caught.value.facts["file"], caught.value.facts["line"]) == ("~/registries.conf", line)


@pytest.mark.parametrize("kind", ["missing", "folder", "huge", "deep"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "registries.conf"
    if kind == "folder":
        file.mkdir()
    elif kind == "huge":
        file.write_bytes(b"#" * (2 << 20))
    elif kind == "deep":
        file.write_text("a = " + "[" * 50_000)
    with pytest.raises(RegistryError) as caught:
        registries_conf.load(Options(home=tmp_path, registries_conf=file))
    assert caught.value.code == "setting-registries-conf"
    assert caught.value.facts["file"] == "~/registries.conf"


def test_a_folder_of_files_that_cannot_be_listed_is_named(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)  # root may list every folder
    with pytest.raises(RegistryError) as caught:
        registries_conf.load(options)
    assert caught.value.code == "setting-registries-conf"


LINES = st.sampled_from(
    ["[[registry]]", "[[registry.mirror]]", "[registry]", "[aliases]", "[registries.insecure]", "registries = ['a']",
     'location = "docker.io"', 'location = "a/b/"', 'prefix = "*.io"', 'prefix = "docker.io/library/ubuntu"',
     "insecure = true", "blocked = true", "blocked = 1", 'pull-from-mirror = "tag-only"', 'x = "ghcr.io/a"',
     'ubuntu = "quay.io/u"', "mirror = []", "mirror = [1]", "= [", 'location = "/"', 'location = "///"', "prefix = ''"]
)  # fmt: skip


@settings(deadline=5000)
@given(st.binary(max_size=60) | st.lists(LINES, max_size=8).map(lambda lines: "\n".join(lines).encode()))
def test_any_content_is_read_or_refused(data: bytes) -> None:
    try:
        merged = registries_conf.merge([registries_toml.parse(data, "x.conf")])
        for name in ("ubuntu", "ghcr.io/a/b:1", "a/b" + DIGEST):
            places = merged.endpoints(parse(name))
            assert all(place.host and place.repository for place in places)
    except RegistryError as error:
        assert error.code in ("setting-registries-conf", "registry-blocked")


def test_who_names_the_file_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone.conf"
    for options, named_in in (
        (Options(home=tmp_path, registries_conf=gone), "the setting registries_conf"),
        (Options(home=tmp_path, environ={"CONTAINERS_REGISTRIES_CONF": str(gone)}), "CONTAINERS_REGISTRIES_CONF"),
    ):
        with pytest.raises(RegistryError) as caught:
            registries_conf.load(options)
        assert caught.value.facts["named_in"] == named_in
