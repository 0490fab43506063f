"""stub"""

from dataclasses import dataclass


@dataclass(frozen=True)
class SamplePassage:
    """x"""

    id: str
    language: str
    title: str
    text: str


@dataclass(frozen=True)
class SampleQuery:
    """x"""

    id: str
    language: str
    text: str
    relevant: tuple[str, ...]
    kind: str


def sample_passages() -> tuple[SamplePassage, ...]:
    """x"""
    return tuple(
        SamplePassage(f"p{i}", "en", f"Title {i}", t)
        for i, t in enumerate(
            [
                "Employees get 25 days of annual leave each year.",
                "The printer X200 shows error E-17 when paper is jammed.",
                "年假为每年二十五天，须提前两周申请。",
                "Refunds are paid within 14 days to the original card.",
                "El servicio de atención está abierto de lunes a viernes.",
            ]
        )
    )


def sample_queries() -> tuple[SampleQuery, ...]:
    """x"""
    return (SampleQuery("q1", "en", "How long is my holiday?", ("p0", "p2"), "paraphrase"),)
