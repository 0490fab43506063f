"""Three scenarios as labelled pairs, in Chinese and in English.

Cross-lingual paraphrase, a long passage against its questions, and unrelated sentences.
"""

from __future__ import annotations

from typing import Any

from bge_demo.settings import ASSETS
from bge_demo.text.pair_tables import as_pasted

SAMPLE_KEYS = ("sample.scenarios_en", "sample.scenarios_zh")

_CROSSED = (
    ("The shop closes an hour earlier on Sundays.", "星期天商店提前一小时关门。"),
    ("She taught herself to play the cello.", "她自学拉大提琴。"),
    ("Fresh snow blocked the mountain road overnight.", "一夜新雪封住了山路。"),
    ("Please send the signed contract back by Friday.", "请在周五前寄回签好的合同。"),
)
_QUESTIONS_EN = (
    "What happens if I lose a book I borrowed?",
    "Why did the library have to start its collection anew?",
    "What can be borrowed besides books?",
)
_QUESTIONS_ZH = ("借的书丢了怎么办？", "图书馆为什么要重建馆藏？", "除了书还能借什么？")
_UNRELATED_EN = (
    ("The kettle whistles when the water boils.", "Voters will choose a new mayor in March."),
    ("Our cat sleeps on the radiator all winter.", "The bridge carries two railway tracks."),
    ("He forgot his umbrella at the dentist's.", "Sugar beet is grown on the northern plains."),
    ("The choir rehearses on Wednesday evenings.", "Rust spread along the underside of the car."),
)
_UNRELATED_ZH = (
    ("水开了，壶就会叫。", "三月将选出新市长。"),
    ("我家的猫整个冬天都睡在暖气上。", "这座桥上铺着两条铁轨。"),
    ("他把伞忘在了牙医那里。", "北部平原种植甜菜。"),
    ("合唱团每周三晚上排练。", "汽车底部已经生锈。"),
)
_OTHER_EN = (
    "How do I change a flat bicycle tyre?",
    "Which vaccines does a puppy need?",
    "When do olives ripen?",
)
_OTHER_ZH = ("自行车轮胎瘪了怎么换？", "小狗需要打哪些疫苗？", "橄榄什么时候成熟？")


def scenario_rows(language: str) -> list[dict[str, Any]]:
    """The three scenarios in one language: label 1 for pairs that belong together, `kind` the scenario."""
    is_chinese = language == "zh"
    crossed = [(b, a) if is_chinese else (a, b) for a, b in _CROSSED]
    passage = (ASSETS / "scenarios" / f"library.{language}.txt").read_text("utf-8").strip()
    questions, others = (_QUESTIONS_ZH, _OTHER_ZH) if is_chinese else (_QUESTIONS_EN, _OTHER_EN)
    unrelated = _UNRELATED_ZH if is_chinese else _UNRELATED_EN
    kinds = (
        ("跨语言释义", "问题与长文", "无关") if is_chinese else ("cross-lingual", "long passage", "unrelated")
    )
    return [
        *(_row(pair, 1, kinds[0]) for pair in crossed),
        *(_row((question, passage), 1, kinds[1]) for question in questions),
        *(_row((question, passage), 0, kinds[2]) for question in others),
        *(_row(pair, 0, kinds[2]) for pair in unrelated),
    ]


def sample_pairs(key: str) -> str:
    """A sample's pairs as lines for the box."""
    return as_pasted(scenario_rows(key.rpartition("_")[2]))


def _row(pair: tuple[str, str], label: int, kind: str) -> dict[str, Any]:
    return {"text_a": pair[0], "text_b": pair[1], "label": label, "kind": kind}
