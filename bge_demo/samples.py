"""The texts behind the page's examples. No logic, no labels."""

from __future__ import annotations

from dataclasses import dataclass


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


PAIRS = (
    PairSample("sample.paraphrase", "我喜欢看书", "阅读使我快乐"),
    PairSample("sample.translation", "人工智能正在改变世界", "AI is transforming the world"),
    PairSample("sample.unrelated", "今天天气很好", "量子力学的基本原理"),
    PairSample(
        "sample.shared_words",
        "The bank raised its interest rate on savings accounts.",
        "We had a picnic on the bank of the river to save money.",
    ),
    PairSample(
        "sample.question",
        "How long do I have to return a pair of shoes?",
        "退货政策：商品签收后 30 天内可无理由退回，鞋类须保持未穿着状态。",
    ),
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
