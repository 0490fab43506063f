"""What one click fills in: the handbook with a question, and a chapter with a summary not quite true."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from bge_demo.locales import Language
from bge_demo.settings import ASSETS


@dataclass(frozen=True)
class DocumentSample:
    """A document with a question, or with a summary."""

    document: str
    query: str
    summary: str


# Sections of the sample corpus; the summary leaves out the last but one, changes a figure and adds a flight.
_CHAPTERS: dict[Language, tuple[str, ...]] = {
    "en": (
        "leave-pto-us-en",
        "leave-jury-us-en",
        "commuter-benefit-us-en",
        "dogs-austin-en",
        "hybrid-us-en",
        "onboarding-buddy-en",
        "volunteer-days-en",
        "severe-weather-austin-en",
        "internal-transfer-en",
    ),
    "zh": (
        "leave-annual-china-zh",
        "leave-sick-china-zh",
        "shuttle-bus-hangzhou-zh",
        "canteen-hangzhou-zh",
        "meeting-room-zh",
        "badge-lost-hangzhou-zh",
        "learning-fund-china-zh",
        "fire-drill-hangzhou-zh",
        "remote-work-china-zh",
    ),
}
OMITTED: dict[Language, str] = {"en": "Severe weather in Austin", "zh": "消防演练"}
INVENTED: dict[Language, str] = {
    "en": "A swimming pool opens on the roof next summer.",
    "zh": "公司在海边建了一座疗养院，供退休员工居住。",
}
CHANGED: dict[Language, str] = {
    "en": "Staff who take the bus, train or vanpool are reimbursed up to $180 a month.",
    "zh": "园区食堂供应三餐，工卡每个工作日补贴 45 元，月底清零。",
}
_SUMMARIES: dict[Language, tuple[str, ...]] = {
    "en": (
        "Full-time employees in Austin start with 15 days of paid time off and roll over at most five.",
        "Employees called to serve on a jury are paid their normal wage for up to ten working days.",
        CHANGED["en"],
        "Well-behaved dogs may come to the Austin building on Fridays.",
        "Teams in Austin are on site from Tuesday to Thursday and may work from home on Monday and Friday.",
        "Each new colleague gets a buddy from a different team for the first ninety days.",
        "Everyone can help a registered charity on three paid working days a year.",
        INVENTED["en"],
        "After twelve months in a role you may apply for an open position without telling your manager.",
    ),
    "zh": (
        "在中国大陆各办公室，员工每年有 7 到 17 天年休假，没休完的可以结转到次年三月底。",
        "因病不能上班要在当天上午十点前告知主管，每年前 10 天病假发全额工资。",
        "杭州总部有三条班车线路，座位要在前一晚九点前预约。",
        CHANGED["zh"],
        "会议室最早可提前两周预订，开始后十五分钟没人签到就会释放。",
        "工卡遗失要马上在小程序里挂失，再到一号楼前台补办。",
        "每位正式员工每年有 3000 元学习基金，可以买书、上网课和考证。",
        INVENTED["zh"],
        "研发与职能岗位每周可以居家办公一天，须提前一天申请。",
    ),
}
_QUESTIONS: dict[Language, str] = {
    "en": "How long is a sabbatical, and after how many years may I take one?",
    "zh": "智能门锁没电了，怎么才能打开门？",
}
SAMPLE_NAMES = ("sample.handbook", "sample.chapter")


def sample(name: str, language: Language) -> DocumentSample:
    """A sample by its name, in the page's language."""
    if name == "sample.handbook":
        return DocumentSample(_handbook(language), _QUESTIONS[language], "")
    separator = " " if language == "en" else ""
    return DocumentSample(_chapter(language), "", separator.join(_SUMMARIES[language]))


@cache
def _handbook(language: Language) -> str:
    return (ASSETS / "handbook" / f"{language}.txt").read_text("utf-8")


@cache
def _chapter(language: Language) -> str:
    lines = (ASSETS / "sample_corpus" / "passages.jsonl").read_text("utf-8").splitlines()
    passages = {row["id"]: row for row in map(json.loads, lines)}
    chosen = [passages[name] for name in _CHAPTERS[language]]
    return "\n\n".join(f"{one['title']}\n\n{one['text']}" for one in chosen) + "\n"
