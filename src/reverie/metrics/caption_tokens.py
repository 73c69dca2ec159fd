"""The words of a caption: those of the Penn Treebank, in lower case, without punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterator

TOKENISER = "words of the Penn Treebank, lower case, without punctuation (as coco-caption)"
"""What the tokeniser is called where scores are printed."""

PUNCTUATION = frozenset("\"'`.?!,:;-")
"""The tokens that are left out. In the list of coco-caption, `` and '' are what quotes were made
into, and -- and ... are longer; here each of these signs is seen by itself."""
ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&nbsp;": " "}
PLAIN = str.maketrans(
    {"’": "'", "‘": "`", "“": '"', "”": '"', "«": '"', "»": '"', "…": "..."}
    | {"–": "--", "—": "--", "‐": " ", "‑": " ", "½": " 1/2", "¼": " 1/4", "¾": " 3/4"}
)
"""Characters that are read as others."""
DROPPED = re.compile(r"[\U00010000-\U0010ffff]")
"""Those that are not read, such as emoji."""
BRACKETS = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}
WRITTEN = str.maketrans(BRACKETS | {"£": "#", "€": "$", "¢": "cents"})
"""Those that the Treebank writes in another way."""

ABBREVIATIONS = """
    mr mrs ms dr prof rev hon capt lt sgt cpl pvt maj col gen adm cmdr gov sen rep pres insp det
    supt supts asst atty adj esq messrs mme mlle jr sr st ste ave blvd rd ct sq mt ft bldg ext tel
    co cos corp inc ltd plc bros dept univ assn assoc intl natl elec est seq cf al vs v p etc
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri
    calif colo conn fla ga ala ariz ind kan md mich minn mo mont neb nev okla penn tenn va vt wis
    wyo adv cie invt alex jos wm ph\\.d
"""
"""The words that keep their full stop."""
STATES = "Mass Wash Tex Pa Ill Miss Ark Del La Ore"
"""Those that do only with a capital letter."""
BEFORE_NUMBERS = "no nos fig figs pp op art ca prop"
"""Those that do only before a number."""
SPLIT = "can|not gon|na wan|na got|ta gim|me lem|me"
"""Words that are two, and where they are cut."""

LETTER, WORD, REST = r"[^\W\d_]", r"[^\W_]+", r"[^\W_]*"
END = r"(?![^\W_])"


def caption_tokens(caption: str) -> list[str]:
    """The tokens of a caption that coco-caption has from Stanford's tokeniser (PTBTokenizer).

    Contractions are cut (do n't, man 's, ca n't, can not), words with hyphens are whole, and
    brackets have names: -lrb- stays, as it does there, where the list of what is left out has it
    in capital letters. Departure: strange spelling, such as a word that ends in the middle of
    another's quotes, may be cut in another place.
    """
    for entity, character in ENTITIES.items():
        caption = caption.replace(entity, character)
    text = DROPPED.sub(" ", caption.translate(PLAIN))
    tokens = (token.lower().translate(WRITTEN) for token in _cut(text))
    return [token for token in tokens if token not in PUNCTUATION]


def _cut(text: str) -> Iterator[str]:
    for chunk in re.finditer(r"\S+", text):
        if chunk[0].isalpha() and not WHOLE.fullmatch(chunk[0]):
            yield chunk[0]  # most are, and no rule makes anything else of them
            continue
        at, end = chunk.span()
        while at < end:
            token = _longest(text, at)
            yield token
            at += len(token)


def _longest(text: str, at: int) -> str:
    """The token of the rule that explains most of the text from there on; the first of several."""
    found = max((m for rule in RULES if (m := rule.match(text, at))), key=re.Match.end)
    return found[1] if found.re.groups else found[0]


def _rules() -> Iterator[str]:
    """Expressions for tokens. Where one has a group, the token is that and not all of it."""
    yield from (rf"({word.replace('|', ')')}{END}" for word in SPLIT.split())
    yield rf"{LETTER}{REST}(?:[.!?]{LETTER}{REST})*"
    yield rf"{WORD}(?:_{WORD})*"
    # Full stops that belong to a word.
    yield rf"{LETTER}(?:\.{LETTER})*\."
    yield rf"(?:{'|'.join(ABBREVIATIONS.split())})\."
    yield rf"(?-i:{'|'.join(STATES.split())})\."
    yield rf"((?:{'|'.join(BEFORE_NUMBERS.split())})\.)\s*\d"
    yield rf"({LETTER}{REST}\.)[,;:]"
    # Words with hyphens, with strokes, and with & between capitals; numbers.
    yield rf"{WORD}(?:[.,]+{WORD})*(?:-{WORD})+"
    yield rf"{WORD}(?:-{WORD})*(?:/{WORD}(?:-{WORD})*){{1,2}}"
    yield r"(?-i:[A-Z]+(?:[&+][A-Z]+)+)"
    yield r"[-+]?(?:\d+(?:[.:,]\d+)*|(?:[.:,]\d+)+)"
    yield r"(?<!\d)'\d\ds?"
    # Words with an apostrophe. What stands before n't is a word of its own.
    yield rf"({LETTER}+?)n['`]t{END}"
    yield rf"n['`]t{END}|'(?:s|m|d|re|ve|ll){END}"
    yield rf"('t)(?:is|was){END}"
    yield rf"[dlo]'{LETTER}{REST}|(?:ma'am|ne'er|e'er|c'mon|s'mores?){END}"
    yield rf"([yj]'){LETTER}"
    yield rf"'n'|'(?:n|em|cause|till?){END}"
    # Addresses, tags, smileys.
    yield r"(?:https?://|www\.)[^\s\"<>|(){}]*[^\s\"<>|.!?(){},:/]"
    yield r"[\w.-]{1,200}\.(?:com|net|org|edu)\b"
    yield r"\w[\w.+-]{,200}@\w+(?:[.-]\w+)*"
    yield r"[@#][^\W\d_]\w*"
    yield r"<[/!?]?[^\W\d_][^>]*>"
    yield r"[<>]?[:;=][-o*']?[()dp](?!\w)"
    # Brackets that have names already, runs of signs, and any other sign by itself.
    yield r"-[lr][rsc]b-|[!?]+|_+|\*+|c\+\+|us\$|\S"


WHOLE = re.compile(SPLIT.replace("|", "").replace(" ", "|"), re.IGNORECASE)
"""Words that are cut although they have no sign."""
RULES = [re.compile(rule, re.IGNORECASE) for rule in _rules()]
