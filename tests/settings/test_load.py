"""Precedence of the sources, the old names, and what is refused."""

from pathlib import Path

import pytest

from sregistry.settings import SettingError, config_path, load, near_misses

HOME = {"HOME": "/home/ada"}


def config(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text)
    return file


def test_without_any_source_the_defaults_hold_and_say_so() -> None:
    settings = load(HOME)
    assert (settings.client, settings.platform, settings.tls_verify) == ("docker", None, True)
    assert settings.source_of("client") == "default"


def test_folders_follow_the_home_folder_and_the_xdg_variables() -> None:
    assert load(HOME).database == Path("/home/ada/.local/share/sregistry")
    assert load(HOME).storage == Path("/home/ada/.local/share/sregistry/images")
    assert load({**HOME, "XDG_CACHE_HOME": "/fast"}).cache_dir == Path("/fast/sregistry")
    assert load({**HOME, "SREGISTRY_DATABASE": "~/db"}).storage == Path("/home/ada/db/images")


def test_xdg_variables_with_relative_paths_count_as_unset() -> None:
    names = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")
    relative = {**HOME, **dict.fromkeys(names, "folder")}
    assert load(relative) == load(HOME)
    assert config_path(relative, Path("/home/ada")) == config_path(HOME, Path("/home/ada"))


def test_whoever_has_no_home_has_no_configuration_file() -> None:
    assert load({"HOME": "/dev/null"}).client == "docker"


def test_the_command_line_wins_over_environment_over_file_over_default(tmp_path: Path) -> None:
    file = config(tmp_path, "jobs = 2\nretries = 2\npatience = '20s'\n")
    environ = {**HOME, "SREGISTRY_JOBS": "3", "SREGISTRY_RETRIES": "3"}
    settings = load(environ, file, {"jobs": 4, "platform": None})
    assert (settings.jobs, settings.retries, settings.patience, settings.timeout_read) == (4, 3, 20.0, 10.0)
    assert [settings.source_of(name) for name in ("jobs", "retries", "patience", "timeout_read")] == [
        "command line",
        "SREGISTRY_RETRIES (environment)",
        str(file),
        "default",
    ]


def test_the_new_name_wins_over_the_old_one() -> None:
    settings = load({**HOME, "SREGISTRY_CACHE_DIR": "/new", "APPTAINER_CACHEDIR": "/old"})
    assert settings.cache_dir == Path("/new")
    assert settings.source_of("cache_dir") == "SREGISTRY_CACHE_DIR (environment)"


@pytest.mark.parametrize(
    "variable, text, name, value",
    [
        ("SREGISTRY_CLIENT", "oras", "client", "oras"),
        ("SREGISTRY_DATABASE", "/db", "database", Path("/db")),
        ("SREGISTRY_DATABASE_URL", "postgresql://db/x", "database_url", "postgresql://db/x"),
        ("SREGISTRY_STORAGE", "/images", "storage", Path("/images")),
        ("SREGISTRY_TMPDIR", "/scratch", "tmpdir", Path("/scratch")),
        ("APPTAINER_TMPDIR", "/scratch", "tmpdir", Path("/scratch")),
        ("TMPDIR", "/scratch", "tmpdir", Path("/scratch")),
        ("SREGISTRY_SHELL", "ipython", "shell", "ipython"),
        ("SREGISTRY_DISABLE", "yes", "use_database", False),
        ("SREGISTRY_DISABLE", "no", "use_database", True),
        ("SREGISTRY_HTTPS_NOVERIFY", "true", "tls_verify", False),
        ("SREGISTRY_DOCKERHUB_BASE", "registry.site", "default_registry", "registry.site"),
        ("SREGISTRY_DOCKERHUB_NOHTTPS", "1", "plain_http", True),
        ("SREGISTRY_DOCKERHUB_SECRETS", "~/auth.json", "authfile", Path("/home/ada/auth.json")),
        ("SREGISTRY_CLIENT_SECRETS", "/s", "client_secrets", Path("/s")),
        ("SREGISTRY_PYTHON_THREADS", "9", "jobs", 9),
        ("APPTAINER_CACHEDIR", "/c", "cache_dir", Path("/c/sregistry")),
        ("SINGULARITY_CACHEDIR", "/c", "cache_dir", Path("/c/sregistry")),
        ("SINGULARITY_DISABLE_CACHE", "True", "use_cache", False),
        ("SINGULARITY_DISABLE_CACHE", "True", "use_database", False),
        ("APPTAINER_NOHTTPS", "1", "plain_http", True),
    ],
)
def test_names_of_old_variables_keep_their_meaning(variable: str, text: str, name: str, value: object) -> None:
    settings = load({**HOME, variable: text})
    assert getattr(settings, name) == value
    assert settings.source_of(name) == f"{variable} (environment)"


def test_an_empty_variable_counts_as_unset() -> None:
    assert load({**HOME, "SREGISTRY_JOBS": ""}).jobs == 0


def test_an_invalid_value_names_the_setting_its_source_and_what_is_expected() -> None:
    with pytest.raises(SettingError) as caught:
        load({**HOME, "SREGISTRY_JOBS": "many"})
    assert caught.value.code == "setting-invalid"
    assert caught.value.facts == {
        "setting": "jobs",
        "source": "SREGISTRY_JOBS (environment)",
        "value": "many",
        "expected": "a whole number",
    }


def test_an_unknown_key_names_the_near_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        load(HOME, config(tmp_path, "platfrom = 'linux/arm64'\n"))
    assert caught.value.code == "setting-unknown"
    assert caught.value.facts["near"] == ["platform"]


def test_a_file_asked_for_must_exist_and_the_users_own_need_not(tmp_path: Path) -> None:
    assert load({"HOME": str(tmp_path)}).jobs == 0
    with pytest.raises(SettingError) as caught:
        load({**HOME, "SREGISTRY_CONFIG": str(tmp_path / "none.toml")})
    assert caught.value.code == "setting-file-unreadable"
    assert caught.value.facts["errno"] == 2


@pytest.mark.parametrize(
    ("environ", "option", "in_force", "lasting"),
    [
        ({}, None, None, None),
        ({}, "0664", 0o664, None),
        ({"SREGISTRY_MODE": "0660"}, None, 0o660, 0o660),
        ({"SREGISTRY_MODE": "0660"}, "0640", 0o640, 0o660),
        ({"SREGISTRY_MODE": "no mode"}, "0640", 0o640, None),
    ],
)
def test_what_would_be_without_an_option_is_known(
    environ: dict[str, str], option: str | None, in_force: int | None, lasting: int | None
) -> None:
    settings = load({**HOME, **environ}, command_line={"mode": option})
    assert (settings.mode, settings.lasting("mode")) == (in_force, lasting)


def test_what_a_program_or_a_file_sets_lasts(tmp_path: Path) -> None:
    file = config(tmp_path, 'mode = "0660"\n')
    assert load(HOME, file, {"mode": "0640"}).lasting("mode") == 0o660
    assert load(HOME, file, {"mode": "0640"}, given_by="argument").lasting("mode") == 0o640


def test_a_file_that_is_not_toml_is_refused_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        load(HOME, config(tmp_path, "jobs = 1\njobs 2\n"))
    assert caught.value.code == "setting-file-malformed"
    assert "line 2" in caught.value.facts["detail"]


def test_a_file_nested_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        load(HOME, config(tmp_path, "jobs = " + "[" * 100_000))
    assert caught.value.code == "setting-file-malformed"


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"client = '\xff'\n")
    with pytest.raises(SettingError) as caught:
        load(HOME, file)
    assert caught.value.code == "setting-file-malformed"


def test_the_configuration_file_is_found_by_variable_xdg_or_home() -> None:
    home = Path("/home/ada")
    assert config_path({}, home) == Path("/home/ada/.config/sregistry/config.toml")
    assert config_path({"XDG_CONFIG_HOME": "/x"}, home) == Path("/x/sregistry/config.toml")
    assert config_path({"SREGISTRY_CONFIG": "~/c.toml"}, home) == Path("/home/ada/c.toml")


def test_the_password_of_a_database_address_is_never_shown(tmp_path: Path) -> None:
    settings = load({**HOME, "SREGISTRY_DATABASE_URL": "postgresql://ada:canary@db/x?sslpassword=canary"})
    assert settings.shown("database_url") == "postgresql://ada:***@db/x?***"
    assert "canary" not in repr(settings)
    with pytest.raises(SettingError) as caught:
        load({**HOME, "SREGISTRY_DATABASE_URL": "canary"})
    assert "canary" not in f"{caught.value} {caught.value.facts}"


def test_misspelt_variables_are_noticed_and_foreign_ones_left_alone() -> None:
    environ = {**HOME, "SREGISTRY_PLATFROM": "x", "SREGISTRY_S3_BUCKET": "x", "SREGISTRY_JOBS": "1", "PATH": "x"}
    assert near_misses(environ) == {"SREGISTRY_PLATFROM": "SREGISTRY_PLATFORM"}
