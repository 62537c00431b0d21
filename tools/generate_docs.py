"""Writes the parts of the documentation that follow from code; ``--check`` fails where they differ.

    docs/settings.md          the whole page, from the table of settings
    docs/facts.md             the whole page, from the vocabulary (src/sregistry/codes/facts.py)
    docs/exit-codes.md        the table between the marks, from the kinds of causes
    docs/errors/index.md      the whole page, from the declarations of codes
    docs/errors/<code>.md     the whole page, from the declaration of the code (src/sregistry/codes) and its rule

All others are written by hand.
"""

import sys
from functools import cache
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from sregistry.codes import Code, every  # noqa: E402
from sregistry.codes.facts import FACTS, SECOND_LOOK, Fact  # noqa: E402
from sregistry.diagnosis import explain  # noqa: E402
from sregistry.diagnosis.kinds import MEANING, SIGNALS, Kind  # noqa: E402
from sregistry.diagnosis.render import markdown, terminal  # noqa: E402
from sregistry.settings import Row, rows  # noqa: E402
from tests.diagnosis.samples import sample  # noqa: E402

DOCS = ROOT / "docs"
BEGIN, END = "<!-- generated -->", "<!-- end of generated -->"
SECTIONS = {
    "general": "General",
    "places": "Places",
    "store": "The local store",
    "network": "Network",
    "time": "Time",
    "limits": "Limits",
}
SETTINGS_HEAD = """# Settings

A setting has one name everywhere: `jobs` in the configuration file, `SREGISTRY_JOBS` in the environment,
`--jobs` on the command line of the commands that offer it. The strongest source wins: command line,
environment, what [`sregistry backend`](commands/backend.md) keeps, configuration file, default. `sregistry config`
shows every value and where it came from.

The configuration file is `~/.config/sregistry/config.toml` (`$XDG_CONFIG_HOME` is respected;
`SREGISTRY_CONFIG` names another file). It is TOML, one `name = value` a line:

```toml
jobs = 4
compression = "zstd:3"
cache_dir = "/scratch/ada/sregistry"
```

Sizes are bytes or `4MiB`, times are seconds or `2min`. Names in the column "also" are those of earlier
versions and of Apptainer; the setting's own name goes before them. `not NAME` means that its yes is this
setting's no. Logins are not settings: see the documentation of credentials.

A user who has no home folder (no `HOME` and no entry in passwd, as in many containers), or whose home folder cannot be
written to, gets a private folder among the temporary files (`/tmp/sregistry-UID`) for what would be in it, and one line
that says so. Name lasting folders with `SREGISTRY_DATABASE` and `SREGISTRY_CACHE_DIR`. A folder that you have named is
never replaced. In `APPTAINER_CACHEDIR` and `SINGULARITY_CACHEDIR` the cache is `sregistry`, or `sregistry-UID` where
that is another user's and [not shared](commands/cache.md#who-may-use-it).

`PYTHONPATH` and Python's other variables, packages in `~/.local/lib`, and modules in the current folder do not change
what the command imports; what it is installed with is what it runs with.
"""


FACTS_HEAD = """# The vocabulary of facts

An error carries facts; rules choose words from them. The names below have one meaning in every room. Values are
JSON's types: a count is a whole number, a record has named values. What is not known is left out or null; no value ever
holds a secret.
"""
SECOND_LOOK_HEAD = """`second_look` is added by `sregistry.doctor.second_look` after a failure:
"""


def settings_page() -> str:
    parts = [SETTINGS_HEAD]
    for section, group in groupby(rows().values(), key=lambda row: row.section):
        lines = [f"## {SECTIONS[section]}", "", "| setting | default | also | meaning |", "|---|---|---|---|"]
        parts.append("\n".join([*lines, *map(setting_line, group)]) + "\n")
    return "\n".join(parts)


def setting_line(row: Row) -> str:
    also = ", ".join(f"{'not ' if v.negated else ''}`{v.name}`" for v in row.variables[1:])
    default = default_words(row)
    return f"| `{row.name}` | {f'`{default}`' if default else 'unset'} | {also} | {row.meaning} |"


def default_words(row: Row) -> str:
    if isinstance(row.default, str) and "{" in row.default:
        places = {
            "home": "~",
            "data_home": "~/.local/share",
            "cache_home": "~/.cache",
            "database": "$SREGISTRY_DATABASE",
        }
        return row.default.format_map(places)
    return row.show(row.default)


def facts_page() -> str:
    return "\n".join([FACTS_HEAD, facts_table("fact", FACTS), SECOND_LOOK_HEAD, facts_table("part", SECOND_LOOK)])


def facts_table(head: str, facts: tuple[Fact, ...]) -> str:
    lines = [f"| {head} | type | meaning |", "|---|---|---|", *map(fact_line, facts)]
    return "\n".join(lines) + "\n"


def fact_line(fact: Fact) -> str:
    fields = f" of {', '.join(f'`{name}`' for name in fact.fields)}" if fact.fields else ""
    return f"| `{fact.name}` | {fact.type}{fields} | {fact.meaning} |"


def exit_codes_table() -> str:
    lines = ["| exit code | kind | meaning |", "|---|---|---|", "| 0 | | done |"]
    lines += [f"| {kind.exit_code} | `{kind.words}` | {MEANING[kind]} |" for kind in Kind]
    lines += [f"| {code} | `{Kind.INTERRUPTED.words}` | {meaning} |" for code, meaning in SIGNALS.items()]
    return "\n".join(lines)


#: The kinds by how often people meet them.
FREQUENT = (
    Kind.AUTH,
    Kind.NOT_FOUND,
    Kind.RATE_LIMIT,
    Kind.TLS,
    Kind.NETWORK,
    Kind.NAME,
    Kind.DISK,
    Kind.IMAGE,
    Kind.REGISTRY,
    Kind.STORE,
    Kind.USAGE,
    Kind.MACHINE,
    Kind.INTERRUPTED,
    Kind.BUG,
)
#: So many neighbours does a page name at most.
NEIGHBOURS = 8


@cache
def by_kind() -> dict[Kind, list[str]]:
    """The codes of each kind."""
    return {kind: [code.name for code in every() if explain(sample(code.name)).kind is kind] for kind in FREQUENT}


def index_page() -> str:
    parts = [
        "# Every error\n\nWhatever goes wrong has a code; it stands at the right of the first line of a failure. "
        "Each code has a page. What people meet most often stands first.\n"
    ]
    for kind, codes in by_kind().items():
        lines = [
            f"## {kind.words} (exit code {kind.exit_code})",
            "",
            MEANING[kind][:1].upper() + MEANING[kind][1:] + ".",
            "",
        ]
        lines += [f"- [`{code}`]({code}.md): {markdown.escape(explain(sample(code)).title)}" for code in codes]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def example(code: str) -> str:
    diagnosis = explain(sample(code))
    head = (
        f"Kind: `{diagnosis.kind.words}`, exit code {diagnosis.exit_code}. Who can put it right: {diagnosis.who.value}."
    )
    return f"{head}\n\n{markdown.block(terminal.render(diagnosis, width=80))}\n\n{neighbours(code)}"


def neighbours(code: str) -> str:
    """A line with codes of the same kind, in the order of the index, and the way back."""
    same = next(codes for codes in by_kind().values() if code in codes)
    place = same.index(code)
    start = max(0, min(place - NEIGHBOURS // 2, len(same) - NEIGHBOURS - 1))
    near = [other for other in same[start : start + NEIGHBOURS + 1] if other != code]
    links = " · ".join(f"[`{other}`]({other}.md)" for other in near)
    return "\n\n".join(filter(None, [links and f"Near it: {links}", "[Every error](index.md)"]))


def error_page(code: Code) -> str:
    return f"{code.page.markdown(code.name)}\n## Example\n\n{BEGIN}\n{example(code.name)}\n{END}\n"


def replaced(path: Path, text: str) -> str:
    page = path.read_text(encoding="utf-8")
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path}: the marks {BEGIN} and {END} are missing")
    return f"{head}{BEGIN}\n{text}\n{END}{tail}"


def pages() -> dict[Path, str]:
    """Every generated page with its text."""
    found = {
        DOCS / "settings.md": settings_page(),
        DOCS / "facts.md": facts_page(),
        DOCS / "errors" / "index.md": index_page(),
        DOCS / "exit-codes.md": replaced(DOCS / "exit-codes.md", exit_codes_table()),
    }
    return found | {DOCS / "errors" / f"{code.name}.md": error_page(code) for code in every()}


def main() -> int:
    check = "--check" in sys.argv[1:]
    texts = pages()
    different = [path for path, text in texts.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in different:
        print(f"{path.relative_to(ROOT)} {'differs from the code: run tools/generate_docs.py' if check else 'written'}")
        if not check:
            path.write_text(texts[path], encoding="utf-8")
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main())
