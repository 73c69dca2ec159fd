"""List the recipes: what each is, its paper, the published number and ours."""

from __future__ import annotations

from reverie.cli.parsing import Parser
from reverie.recipes import names, recipe
from reverie.settings import groups_of, settings_of


def run(argv: list[str]) -> int:
    """Prints all recipes, or everything about one."""
    parser = Parser(
        "recipes", "[NAME]", "List the recipes, or print the settings of one as a TOML file."
    )
    parser.add_argument("name", metavar="NAME", nargs="?", help="one recipe, with its settings")
    name = parser.parse_options(argv).get("name")
    if name is None:
        print("\n\n".join(map(describe, names())))
        print("\nreverie train NAME --help lists the options of one.")
    else:
        print(describe(name))
        print(settings_table(name))
    return 0


def describe(name: str) -> str:
    """A recipe in a few lines."""
    about = recipe(name).about
    rows = {
        "paper": about.paper,
        "published": about.published,
        "ours": about.ours,
        "command": about.command,
    }
    lines = [f"  {row + ':':<11}{text}" for row, text in rows.items()]
    return "\n".join([f"{name.replace('_', '-')}: {about.description}", *lines])


def settings_table(name: str) -> str:
    """The settings of a recipe as a TOML file: what --config takes."""
    lines = []
    for group, options in groups_of(recipe(name).Config()).items():
        lines += ["", f"[{group}]"]
        for setting in settings_of(options):
            absent = "# " if setting.value is None else ""
            shown = _toml(setting.value)
            lines.append(f"{absent}{setting.name} = {shown:<20} # {setting.meaning}")
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "..." if value is None else repr(value)
