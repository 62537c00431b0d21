"""Settings and the files that hold them."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "setting-unknown",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "there is no setting named 'platfrom'",
            {"setting": "platfrom", "source": "/home/ada/.config/sregistry/config.toml", "near": ["platform"]},
        ),
        page=Page(
            meaning="There is no setting of that name.",
            known="It was compared with the table of settings; near names are shown.",
            todo="Correct the name. `sregistry config` lists all.",
        ),
    ),
    Code(
        "setting-client-unknown",
        Kind.USAGE,
        Who.YOU,
        sample=Sample("there is no client named 'docke'", {"setting": "client", "value": "docke", "known": ["docker"]}),
        page=Page(
            meaning="A client was named that does not exist, or of which no settings are kept.",
            known="The clients of this program, or those in the file of clients, were looked through.",
            todo="Choose one that is shown.",
        ),
    ),
    Code(
        "setting-kept-already",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "SREGISTRY_S3_BUCKET has a value already",
            {
                "setting": "SREGISTRY_S3_BUCKET",
                "file": "/home/ada/.sregistry",
                "again": ["backend", "add", "--force", "s3", "bucket"],
            },
        ),
        page=Page(
            meaning="A setting of a client has another value already.",
            known="It was read from the file of clients.",
            todo="Use `--force` to replace it.",
        ),
    ),
    Code(
        "setting-invalid",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "the setting jobs cannot be 'many'",
            {
                "setting": "jobs",
                "source": "SREGISTRY_JOBS (environment)",
                "value": "many",
                "expected": "a whole number",
            },
        ),
        page=Page(
            meaning="A setting has a value that it cannot have.",
            known="The value, where it stands and what is expected are shown.",
            todo="Correct or remove it.",
        ),
    ),
    Code(
        "setting-file-unreadable",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "the configuration file /home/ada/.config/sregistry/config.toml cannot be read",
            {"file": "/home/ada/.config/sregistry/config.toml", "errno": 13, "detail": "Permission denied"},
        ),
        page=Page(
            meaning="The configuration file cannot be read.",
            known="The operating system refused.",
            todo="Check that it is there and may be read.",
        ),
    ),
    Code(
        "setting-file-malformed",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "the configuration file /home/ada/.config/sregistry/config.toml is not TOML",
            {
                "file": "/home/ada/.config/sregistry/config.toml",
                "detail": "Expected '=' after a key in a key/value pair (at line 2, column 6)",
            },
        ),
        page=Page(
            meaning="The configuration file is not TOML.",
            known="The place of the fault is shown.",
            todo="Correct the line.",
        ),
    ),
    Code(
        "setting-authfile",
        Kind.USAGE,
        Who.YOU,
        sample=Sample("there is no file auth.json", {"setting": "--authfile", "file": "auth.json"}),
        page=Page(
            meaning="The credentials file of `--authfile` cannot be used.",
            known="It was looked for first, before all other sources, because it was asked for.",
            todo="Correct the path or the file.",
        ),
    ),
    Code(
        "setting-registries-conf",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "/etc/containers/registries.conf, line 7: location is missing",
            {"file": "/etc/containers/registries.conf", "reason": "location is missing"},
        ),
        page=Page(
            meaning="A `registries.conf` cannot be read or understood.",
            known="The file, the line and the reason are shown.",
            todo="Correct it. It is read as the other container tools read it.",
        ),
    ),
)
