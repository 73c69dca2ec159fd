"""Train a recipe on your data, with a live panel; Ctrl-C stops, measures and saves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reverie.cli.interrupts import Interrupts
from reverie.cli.parsing import Parser, config_from
from reverie.cli.verbs import value_of
from reverie.errors import InputError
from reverie.recipes import names, recipe
from reverie.runs.run import Run, free_folder, open_run
from reverie.runtime import prepare
from reverie.settings import all_settings, change, flatten, groups_of
from reverie.training.environment import is_worker
from reverie.training.launch import launch, this_command


def run(argv: list[str]) -> int:
    """Trains, in as many processes as were asked for."""
    if not argv or argv[0] in ("-h", "--help"):
        print(_help())
        return 0 if argv else 2
    with Interrupts() as interrupts:
        run, values = _run_of(argv)
        processes = count_processes(run.config)
        if processes == 1:
            prepare()
            from reverie.cli.watch import watch

            resume, changed_data = "resume" in values, "changed_data" in values
            return watch(run, interrupts, resume=resume, changed_data=changed_data)
    return launch(this_command(), processes)


def _run_of(argv: list[str]) -> tuple[Run, dict[str, Any]]:
    """The run that a command line begins or resumes, and everything that was given."""
    resumed = value_of(argv, "--resume")
    before = open_run(resumed) if resumed is not None else None
    name, config, values = parse(argv, before)
    if before is not None:
        before.check_same(config)
        return before, values
    if "changed_data" in values:
        raise InputError("--changed-data is for a run that goes on: name it with --resume")
    folder = Path(values.get("out") or free_folder(name))
    earlier = _file_of(values["from"], name) if "from" in values else None
    return Run(folder, name, config, earlier, numbered="out" not in values), values


def parse(argv: list[str], before: Run | None) -> tuple[str, Any, dict[str, Any]]:
    """The recipe, its config and everything that was given."""
    name = before.recipe if before is not None else argv[0]
    foreign = not argv[0].startswith("-") and argv[0].replace("-", "_") != name.replace("-", "_")
    if before is not None and foreign:
        raise InputError(f"{before.folder} is a run of {name}, not of {argv[0]}")
    if name.startswith("-"):
        raise InputError(f"name a recipe first: reverie train {_list_recipes(' or ')}")
    about, config = recipe(name).about, recipe(name).Config()
    earlier = value_of(argv, "--from")
    if before is not None:
        config = before.config
    elif earlier is not None:
        config = like(_file_of(earlier, name), name)
    parser = Parser("train", f"{name} [options]", f"{about.description} {about.paper}.")
    parser.add_argument("recipe", nargs="?", help="name of the recipe")
    runs = parser.add_argument_group("the run")
    runs.add_argument("--config", metavar="FILE", help="TOML file with options")
    runs.add_argument("--out", metavar="DIR", help="new folder of the run; default: runs/NAME-N")
    runs.add_argument(
        "--from", metavar="MODEL", help="model whose weights to start from, or: shipped"
    )
    runs.add_argument("--resume", metavar="DIR", help="folder of a run to resume")
    runs.add_argument(
        "--changed-data", action="store_true", help="resume although the data have changed"
    )
    for title, group in groups_of(config).items():
        parser.add_options(title, group)
    values = parser.parse_options(argv)
    known = all_settings(config)
    settings = {key: value for key, value in values.items() if key in known}
    return name.replace("-", "_"), config_from(config, values.get("config"), settings), values


def like(path: str, name: str) -> Any:
    """The config of a recipe with the network of a model.

    InputError for the model of a recipe that it cannot go on from.
    """
    from reverie.header import read_header

    header, config = read_header(path), recipe(name).Config()
    if header.recipe not in (name.replace("-", "_"), *recipe(name).warm_starts):
        raise InputError(f"{path} is a model of {header.recipe}, not of {name}")
    return change(config, flatten({"network": header.config.get("network", {})}, groups_of(config)))


def _file_of(earlier: str, name: str) -> str:
    """The file that `--from` names."""
    if earlier != "shipped":
        return earlier
    spec = recipe(name).task
    shipped = spec.verbs[spec.use].shipped
    if shipped is None:
        raise InputError(f"no model for reverie {spec.use} comes with the package: name a file")
    return str(shipped.path())


def count_processes(config: Any) -> int:
    """How many processes to start; 1 in those that were started. InputError unless it fits."""
    given = config.training.processes
    processes = 1 if is_worker() or given == "auto" else int(given)
    if config.training.lanes % processes:
        raise InputError(
            f"{config.training.lanes} lanes cannot be divided among {processes} processes: "
            f"use a multiple of {processes}"
        )
    return processes


def _list_recipes(between: str) -> str:
    return between.join(name.replace("_", "-") for name in names())


def _help() -> str:
    column = max(map(len, names())) + 2
    said = [f"  {n.replace('_', '-'):<{column}}{recipe(n).about.description}" for n in names()]
    return "\n".join(
        [
            "usage: reverie train RECIPE [options]",
            "       reverie train --resume RUN",
            "",
            *said,
            "",
            "reverie train RECIPE --help lists its options; reverie recipes says more.",
        ]
    )
