"""What a picture of a result shows; the page's script draws it. Knows no tab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bge_demo.encoder.contract import ModelInfo
from bge_demo.locales import LANGUAGES, Language, Phrase, say, say_all
from bge_demo.scores.scoring import Band
from bge_demo.ui.rendering import compact_json
from bge_demo.ui.text_runs import BAND_DOTS

LINKS_SHOWN = 4
# A picture has room for less; its script cuts at what fits.
_TEXT_CHARS = 600


@dataclass(frozen=True)
class ShareCard:
    """A result on one picture: its number or verdict large, the percentage as a band on a scale, a sentence,
    the texts by their names, and pairs of words with their similarity, strongest first."""

    file: str
    headline: str | Phrase
    percent: float
    band: Band | None
    sentence: Phrase | None
    texts: Sequence[tuple[Phrase, str]]
    links: Sequence[tuple[str, str, float]]
    model: ModelInfo

    def to_json(self) -> str:
        """For the page's script; sentences in both languages."""
        headline = self.headline
        dots = "" if self.band is None else f"{BAND_DOTS[self.band]} "
        return compact_json(
            {
                "file": self.file,
                "headline": say_all(headline) if isinstance(headline, Phrase) else _alike(headline),
                "percent": self.percent,
                "band": self.band,
                "bandName": _alike("")
                if self.band is None
                else {language: dots + say(f"band.{self.band}", language) for language in LANGUAGES},
                "sentence": _alike("") if self.sentence is None else say_all(self.sentence),
                "texts": [{"name": say_all(name), "text": _cut(text)} for name, text in self.texts],
                "links": _strongest(self.links),
                "madeBy": say_all(_made_by(self.model)),
            }
        )


def _alike(text: str) -> dict[Language, str]:
    return dict.fromkeys(LANGUAGES, text)


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_CHARS else text[:_TEXT_CHARS] + "…"


def _strongest(links: Sequence[tuple[str, str, float]]) -> list[list[object]]:
    """The first few pairs, each pair of words once."""
    by_words: dict[tuple[str, str], list[object]] = {}
    for a, b, similarity in links:
        by_words.setdefault((a.casefold(), b.casefold()), [_cut(a), _cut(b), round(similarity, 2)])
    return list(by_words.values())[:LINKS_SHOWN]


def _made_by(model: ModelInfo) -> Phrase:
    is_stand_in = model.name == "m3-compact"
    return Phrase("picture.made_by_stand_in" if is_stand_in else "picture.made_by", model=model.name)
