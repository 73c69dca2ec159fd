"""The style of SVG elements: attributes, style sheets, and what of an element is to be seen."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple
from xml.etree.ElementTree import Element

from reverie.errors import InputError
from reverie.formats.markup import local_name
from reverie.formats.svg.transforms import SINGLE, read_length

Style = dict[str, str]
"""The values of properties by their names."""

INHERITED = (
    "visibility",
    "color",
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-opacity",
    "stroke-width",
)
ATTRIBUTES = (*INHERITED, "display", "opacity", "transform", "transform-origin")
PROPERTIES = (*ATTRIBUTES, *SINGLE)
"""Those that decide where a line is and whether it is to be seen; most may be attributes."""

FAINTEST = 1 / 512
"""Below this opacity no screen shows anything."""

MOST_RULES = 10_000

SIMPLE = re.compile(r"([\w-]+|\*)?((?:[.#][\w-]+)*)")
"""A tag, classes and an id; all parts are optional."""

NAMES = re.compile(r"([.#])([\w-]+)")


class Simple(NamedTuple):
    """A selector of single elements: what its tag, its id and its classes must be."""

    tag: str
    ids: frozenset[str]
    classes: frozenset[str]
    directly: bool
    """Whether the element must be a child of what the selector before this one selects."""

    def selects(self, element: Element) -> bool:
        """Whether an element is one of those."""
        return (
            self.tag in ("", "*", local_name(element))
            and self.ids <= {element.get("id", "")}
            and (not self.classes or self.classes <= set(element.get("class", "").split()))
        )


class Rule(NamedTuple):
    """A rule of a style sheet."""

    selectors: tuple[Simple, ...]
    style: Style
    important: Style

    @property
    def weight(self) -> tuple[int, int, int]:
        """Its specificity: of two rules, the greater wins."""
        return (
            sum(len(part.ids) for part in self.selectors),
            sum(len(part.classes) for part in self.selectors),
            sum(part.tag not in ("", "*") for part in self.selectors),
        )

    def selects(self, lineage: Sequence[Element]) -> bool:
        """Whether it is for the last of `lineage`, which begins with the root."""
        *outer, last = self.selectors
        return last.selects(lineage[-1]) and _lie_within(outer, last.directly, lineage[:-1])


def _lie_within(selectors: Sequence[Simple], directly: bool, lineage: Sequence[Element]) -> bool:
    """Whether ancestors are selected one within the other; each by the nearest that will do."""
    above = reversed(lineage)
    for selector in reversed(selectors):
        for element in above:
            if selector.selects(element):
                break
            if directly:
                return False
        else:
            return False
        directly = selector.directly
    return True


class StyleSheet:
    """The rules of all <style> of a picture whose selectors are tags, ids and classes, one within
    the other; `unread` is the number of others.

    Raises InputError for too many of them.
    """

    def __init__(self, root: Element) -> None:
        texts = [
            "".join(element.itertext())
            for element in root.iter()
            if local_name(element) == "style"
            and element.get("media", "all").strip().lower() in ("", "all", "screen")
        ]
        found = list(islice((rule for text in texts for rule in _rules(text)), MOST_RULES + 1))
        if len(found) > MOST_RULES:
            raise InputError(f"its style sheets have more than {MOST_RULES:,} rules: flatten them")
        # A stable sort: of two rules with the same weight, the later one wins.
        self.rules = sorted((r for r in found if r.selectors), key=lambda rule: rule.weight)
        self.unread = len(found) - len(self.rules)
        self._by_name: dict[str, list[int]] = {}
        for number, rule in enumerate(self.rules):
            self._by_name.setdefault(_key(rule.selectors[-1]), []).append(number)

    def candidates(self, element: Element) -> list[int]:
        """The numbers of the rules whose last tag, id or class the element has."""
        if not self.rules:
            return []
        classes = [f".{name}" for name in set(element.get("class", "").split())]
        keys = {"", f"#{element.get('id', '')}", local_name(element), *classes}
        return sorted(n for key in keys for n in self._by_name.get(key, ()))

    def style(self, lineage: Sequence[Element], candidates: Sequence[int]) -> Style:
        """The own style of the last element of `lineage`."""
        element = lineage[-1]
        rules = [rule for n in candidates if (rule := self.rules[n]).selects(lineage)]
        style = {name: element.get(name, "").strip() for name in ATTRIBUTES if element.get(name)}
        for rule in rules:
            style |= rule.style
        own, important = read_declarations(element.get("style", ""))
        style |= own
        for rule in rules:
            style |= rule.important
        return style | important


def read_declarations(text: str) -> tuple[Style, Style]:
    """Those of `PROPERTIES` in "name: value; ...", and of them the important ones."""
    style: Style = {}
    important: Style = {}
    for part in re.finditer(r"[^;]+", text):
        name, _, value = part[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if name in PROPERTIES and value:
            plain, mark, _ = value.partition("!")
            (important if mark else style)[name] = plain.strip()
    return style, important


def inherit(above: Style, own: Style) -> Style:
    """The inherited properties of an element with its own values in their place."""
    style = dict(above)
    for name in INHERITED:
        match own.get(name, "inherit"):
            case "inherit" | "unset":
                pass
            case "initial":
                style.pop(name, None)
            case value:
                style[name] = value
    return style


def is_hidden(own: Style) -> bool:
    """Whether an element is not drawn, nor anything within it."""
    return own.get("display") == "none" or opacity(own, "opacity") < FAINTEST


def is_visible(style: Style) -> bool:
    """Whether an element may be seen where it is drawn."""
    return style.get("visibility", "visible") not in ("hidden", "collapse")


def has_fill(style: Style) -> bool:
    """Whether the inside of a shape is painted."""
    return _is_colour(style, "fill", "black")


def has_stroke(style: Style) -> bool:
    """Whether the outline of a shape is painted."""
    width = read_length(style.get("stroke-width", "1"), 1.0)
    return (width is None or width > 0) and _is_colour(style, "stroke", "none")


def is_blob(style: Style) -> bool:
    """Whether a closed shape has an inside of the colour of its outline, and says so."""
    return style.get("fill", "") == style.get("stroke", "none") and has_fill(style)


def opacity(style: Mapping[str, str], name: str) -> float:
    """An opacity from 0 to 1."""
    text = style.get(name, "1")
    value = read_length(text.rstrip("%"), 1.0)
    if value is None:
        return 1.0
    return value / 100 if text.endswith("%") else value


def _is_colour(style: Style, name: str, initial: str) -> bool:
    value = style.get(name, initial).lower()
    if value == "currentcolor":
        value = style.get("color", "black").lower()
    return opacity(style, f"{name}-opacity") >= FAINTEST and _alpha(value) >= FAINTEST


def _alpha(colour: str) -> float:
    """The opacity of a colour: 0 for none."""
    if colour in ("none", "transparent"):
        return 0.0
    if re.fullmatch(r"#[0-9a-f]{4}|#[0-9a-f]{8}", colour):
        return int(colour[-1 if len(colour) == 5 else -2 :], 16) / 255
    if colour.startswith(("rgb", "hsl")):
        parts = re.findall(r"[^\s,/()]+", colour)
        return opacity({"alpha": parts[4]}, "alpha") if len(parts) == 5 else 1.0
    return 1.0


def _rules(text: str) -> Iterator[Rule]:
    """The rules of a style sheet that say something of `PROPERTIES`.

    Those for states, such as :hover, and those within @media and the like are left out; selectors
    that are not understood are empty.
    """
    first, *parts = text.split("/*")
    text = first + " ".join(part.partition("*/")[2] for part in parts)
    depth = begin = 0
    head = ""
    for mark in re.finditer(r"[{};]", text):
        if mark[0] == "{":
            if not depth:
                head, begin = text[begin : mark.start()].strip(), mark.end()
            depth += 1
        elif mark[0] == "}":
            depth = max(0, depth - 1)
            if not depth:
                if not head.startswith("@"):
                    style, important = read_declarations(text[begin : mark.start()])
                    for selector in head.split(","):
                        if (style or important) and ":" not in selector:
                            yield Rule(_chain(selector), style, important)
                begin = mark.end()
        elif not depth:
            begin = mark.end()


def _chain(selector: str) -> tuple[Simple, ...]:
    """The parts of a selector from the outside to the inside; none where it is not a simple one."""
    chain, directly = [], False
    for word in selector.replace(">", " > ").split():
        if word == ">":
            directly = True
            continue
        found = SIMPLE.fullmatch(word)
        if not found:
            return ()
        names = NAMES.findall(found[2])
        ids = frozenset(name for mark, name in names if mark == "#")
        classes = frozenset(name for mark, name in names if mark == ".")
        chain.append(Simple(found[1] or "", ids, classes, directly))
        directly = False
    return tuple(chain)


def _key(selector: Simple) -> str:
    """One of the names that an element must have."""
    for mark, names in (("#", selector.ids), (".", selector.classes)):
        if names:
            return mark + min(names)
    return "" if selector.tag == "*" else selector.tag
