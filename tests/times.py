"""Where the tests' time goes, by file: `make times` loads this plugin.

For each file of tests the wall time, the processor time (programs that it starts included) and the
number of programs that XLA compiled. Under xdist each worker counts for itself and hands its table
over when it ends.
"""

import os
from collections import Counter
from collections.abc import Iterator
from time import perf_counter

import jax
import pytest

COMPILATION = "/jax/core/compile/backend_compile_duration"

found: dict[str, Counter[str]] = {}
compiled: Counter[str] = Counter()


def _count(event: str, seconds: float, **_: object) -> None:
    if event == COMPILATION:
        compiled.update(programs=1, compiling=seconds)


def _spent() -> Counter[str]:
    return Counter(compiled, wall=perf_counter(), processor=sum(os.times()[:4]))


def pytest_configure(config: pytest.Config) -> None:
    jax.monitoring.register_event_duration_secs_listener(_count)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    before = _spent()
    try:
        return (yield)
    finally:
        spent = _spent()
        spent.subtract(before)
        spent["tests"] = 1
        found.setdefault(item.location[0], Counter()).update(spent)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["times"] = {k: dict(v) for k, v in found.items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error: object) -> None:
    for name, spent in getattr(node, "workeroutput", {}).get("times", {}).items():
        found.setdefault(name, Counter()).update(spent)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    write = terminalreporter.write_line
    terminalreporter.section("seconds by file")
    write(f"{'':44}{'tests':>7}{'wall':>8}{'processor':>11}{'compiling':>11}{'programs':>10}")
    total: Counter[str] = sum(found.values(), Counter())
    ordered = sorted(found.items(), key=lambda each: -each[1]["processor"])
    for name, spent in [*ordered, ("all", total)]:
        write(
            f"{name:44}{spent['tests']:7}{spent['wall']:8.1f}{spent['processor']:11.1f}"
            f"{spent['compiling']:11.1f}{spent['programs']:10}"
        )
