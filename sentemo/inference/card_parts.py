"""Parts of a model card that stage pack writes and the page of `sentemo serve` reads again."""

import re
from collections.abc import Sequence
from typing import Any

from sentemo.core.errors import SentemoError
from sentemo.core.markdown import plain
from sentemo.core.structured import parse_yaml

CARD = "README.md"
LICENCE_NAME = re.compile(r"CC0|CC BY(-NC)?(-ND|-SA)? \d\.\d|MIT\b|Apache-2\.0")
LIMITS = "## Limits"
LANGUAGES = {"de": "German", "en": "English", "pl": "Polish"}  # by the codes of the card
# By what is in a corpus' name, as there are look-alikes, parts, and several put together.
SPOKEN = {
    "EmoDB": "de",
    "IEMOCAP": "en",
    "LibriSpeech": "en",
    "MSP-Podcast": "en",
    "nEMO": "pl",
    "speechocean762": "en",
    "Switchboard": "en",
}


def languages_of(corpora: Sequence[str]) -> list[str]:
    """Return the codes of the languages that corpora of known names speak, sorted."""
    return sorted({code for name, code in SPOKEN.items() for c in corpora if name in c})


def name_of_licence(paragraph: str) -> str:
    """Return the short name of the first licence in a paragraph, such as ``CC BY-NC-SA 4.0``."""
    found = LICENCE_NAME.search(paragraph)
    return found[0] if found else ""


def front_matter(corpora: Sequence[str], licence: str = "") -> str:
    """Return the metadata that a card for the Hub begins with.

    Parameters
    ----------
    licence
        Short name of the licence; empty where there is none.
    """
    spoken = languages_of(corpora)
    lines = [f"language: [{', '.join(spoken)}]"] if spoken else []
    if licence:
        on_the_hub = "cc0-1.0" if licence == "CC0" else licence.lower().replace(" ", "-")
        lines.append(f"license: {on_the_hub}")
    lines += ["library_name: sentemo", "pipeline_tag: audio-classification"]
    lines += ["tags: [speech-emotion-recognition, espnet]"]
    return "\n".join(["---", *lines, "---"])


def read_front_matter(card: str) -> dict[str, Any]:
    """Return the metadata of a card; none where they are damaged."""
    found = re.match(r"---\n(.*?)\n---\n", card, re.DOTALL)
    try:
        head = parse_yaml(found[1], "the card") if found else None
    except SentemoError:
        head = None
    return head if isinstance(head, dict) else {}


def read_languages(head: dict[str, Any]) -> list[str]:
    """Return the names of the languages in a card's metadata, codes where there is no name."""
    codes = head.get("language") or []
    listed = codes if isinstance(codes, list) else [codes]
    return [LANGUAGES.get(str(code), str(code)) for code in listed]


def limits_section(corpora: Sequence[str], caveats: Sequence[str]) -> str:
    """Return the section on what the model cannot do."""
    heard = f"{plain(', '.join(corpora))} alone" if corpora else "its corpus alone"
    items = [
        f"It has learnt from {heard}: in other languages, rooms and microphones, and with other "
        "kinds of speech, it errs more often than the figures say.",
        "It judges how speech sounds, which is not what a person feels.",
        *map(plain, caveats),
    ]
    return "\n".join([LIMITS, "", *(f"- {item}" for item in items)])


def read_limits(card: str) -> list[str]:
    """Return the items, or the paragraphs, of a card's section on limits."""
    found = re.search(rf"^{LIMITS}\n(.*?)(?=^## |\Z)", card, re.MULTILINE | re.DOTALL)
    blocks = re.split(r"\n\s*\n|\n(?=- )", found[1].strip()) if found else []
    return [" ".join(block.removeprefix("- ").split()) for block in blocks if block.strip()]
