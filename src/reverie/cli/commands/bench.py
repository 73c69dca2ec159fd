"""Measure this machine: symbols a second in training and in generation."""

from __future__ import annotations

from reverie.cli.options import BenchOptions
from reverie.cli.parsing import Parser
from reverie.recipes import recipe
from reverie.runtime import prepare
from reverie.settings import change, change_group, settings_of


def run(argv: list[str]) -> int:
    """Prints one line a measurement."""
    defaults = recipe("characters").Config()
    parser = Parser(
        "bench", "[options]", "Measure the speed of training and generation on this machine."
    )
    parser.add_options("the measurement", BenchOptions())
    parser.add_options("the network", defaults.network)
    values = parser.parse_options(argv)
    bench, network = change_group(BenchOptions(), values), change_group(defaults.network, values)
    config = change(
        defaults,
        {setting.name: setting.value for setting in settings_of(network)}
        | {"lanes": bench.lanes, "length": bench.length, "processes": 1},
    )

    prepare()
    from reverie.cli.speed import speeds

    print(f"{network.summary()}, {bench.size} symbols")
    for what, speed in speeds(config, bench):
        print(f"{what:<32}{speed:>12,.0f} symbols a second", flush=True)
    return 0
