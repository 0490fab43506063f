"""The texts behind the page's examples, and the bundled unrelated sentences. No labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bge_demo.settings import ASSETS


@dataclass(frozen=True)
class PairSample:
    """Two texts for the Compare tab; `name` is a key of the locale table."""

    name: str
    text_a: str
    text_b: str


@dataclass(frozen=True)
class SentenceSample:
    """One row of the Cross-lingual table."""

    language: str
    text: str


_LONG_TEXT = (
    "Our town lies where two rivers meet. Its oldest bridge was built of stone in 1402 and carries a "
    "street market every Saturday. The school moved into the former mill in spring; three hundred "
    "pupils learn there, and the workshop in the cellar is open to their parents as well. The council"
    " has decided to plant sixty lime trees along the ring road, because the summers have become "
    "hotter. The swimming pool stays closed until June: its roof is being repaired. The library lends"
    " books for four weeks, films for one, and garden tools from April to October. A night bus now "
    "runs from the station to the hospital every forty minutes. Rubbish is collected on Tuesdays in "
    "the old town and on Thursdays everywhere else. The orchestra looks for a second bassoon; "
    "rehearsals take place in the fire station. Whoever finds a stray dog should call the shelter, "
    "which answers until ten in the evening. The mayor receives visitors without an appointment on "
    "the first Monday of each month."
)

PAIRS = (
    PairSample("sample.translation", "人工智能正在改变世界", "AI is transforming the world"),
    PairSample("sample.paraphrase", "我喜欢看书", "阅读使我快乐"),
    PairSample("sample.negation", "Smoking is allowed in this room.", "Smoking is not allowed in this room."),
    PairSample(
        "sample.numbers",
        "The company was sold for 5 million euros.",
        "The company was sold for 50 million euros.",
    ),
    PairSample(
        "sample.shared_words",
        "The bank raised its interest rate on savings accounts.",
        "We had a picnic on the bank of the river.",
    ),
    PairSample(
        "sample.question",
        "How long do I have to return a pair of shoes?",
        "退货政策：商品签收后 30 天内可无理由退回，鞋类须保持未穿着状态。",
    ),
    # Word for word in it, and one vector for the whole text hardly shows it.
    PairSample("sample.long", "The library lends books for four weeks.", _LONG_TEXT),
    PairSample("sample.unrelated", "今天天气很好", "量子力学的基本原理"),
)

CROSS_LINGUAL_QUERY = "AI is reshaping global society"
CROSS_LINGUAL_SENTENCES = (
    SentenceSample("zh", "人工智能正在改变世界"),
    SentenceSample("en", "Artificial intelligence is transforming the world"),
    SentenceSample("ja", "人工知能が世界を変えている"),
    SentenceSample("ar", "الذكاء الاصطناعي يغير العالم"),
    SentenceSample("es", "La inteligencia artificial está cambiando el mundo"),
    SentenceSample("control", "The soup needs a little more salt"),
)
TRAVEL_QUERY = "我的行李在机场丢了，应该找谁？"
TRAVEL_SENTENCES = (
    SentenceSample("en", "Report lost luggage at the airline desk in the arrivals hall"),
    SentenceSample("de", "Melden Sie verlorenes Gepäck am Schalter der Fluggesellschaft"),
    SentenceSample("ko", "공항에서 수하물을 잃어버리면 항공사 창구에 신고하세요"),
    SentenceSample("ru", "О потере багажа сообщите на стойку авиакомпании в аэропорту"),
    SentenceSample("th", "หากกระเป๋าหายที่สนามบิน ให้แจ้งที่เคาน์เตอร์ของสายการบิน"),
    SentenceSample("control", "Ce fromage se conserve au frais pendant deux semaines"),
)


@cache
def background_sentences() -> tuple[tuple[str, str], ...]:
    """(language, sentence) of the bundled set: 16 languages, no two sentences about the same thing."""
    lines = (ASSETS / "background_sentences.tsv").read_text("utf-8").splitlines()
    return tuple((language, sentence) for language, sentence in (line.split("\t") for line in lines))


@cache
def _labelled_pairs() -> tuple[dict[str, str], ...]:
    lines = (ASSETS / "labelled_pairs.tsv").read_text("utf-8").splitlines()
    names = lines[0].split("\t")
    return tuple(dict(zip(names, line.split("\t"), strict=True)) for line in lines[1:])


def bundled_pairs() -> list[dict[str, str]]:
    """Graded pairs of 16 languages: 2 the same meaning, 1 about the same thing or alike but for a negation or
    digits (`kind`), 0 unrelated; pairs of one `group` are about one thing."""
    return [dict(pair) for pair in _labelled_pairs()]


@dataclass(frozen=True)
class LabelledLine:
    """A line of the labelled set: lines of one `group` say the same. `kind` tells how it was made:
    translated, reworded, exact (other width, case or blanks), digits, date and negation (looks like a line of
    another group and differs from it in that), single (like no other)."""

    group: str
    kind: str
    language: str
    text: str


@cache
def labelled_duplicates() -> tuple[LabelledLine, ...]:
    """The bundled lines with known duplicates: 400 in 16 languages, written for this project."""
    rows = (ASSETS / "labelled_duplicates.tsv").read_text("utf-8").split("\n")[1:-1]
    return tuple(LabelledLine(*row.split("\t")) for row in rows)
