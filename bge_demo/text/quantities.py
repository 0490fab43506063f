"""Numbers, amounts, sizes, dates and times of a text as values that can be compared. Knows no pairs of texts.

Written figures in any script are values that must agree. Number words ("three", 三) are soft: they may stand
for a figure, but alone they say too little. Ambiguous figures keep every reading: 1.234 may be one and a bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import regex

from bge_demo.text.calendar_words import LATER_HALVES, MONTHS, WEEKDAYS
from bge_demo.text.folding import Folded
from bge_demo.text.number_words import DUALS, KOREAN_COUNTS, MULTIPLIERS, NUMBER_WORDS, UNITS

QuantityKind = Literal["digits", "date", "weekday"]
_LONGEST_NUMBER = 30
_LONGEST_MINUS = 8


@dataclass(frozen=True)
class Quantity:
    """A value written as `source[start:end]`.

    `readings` are the values it may have; two quantities of one kind agree when they share one. `unit` is
    (dimension, factor to the dimension's base), where a known one follows. `parts` are the plain numbers a
    date or time is made of. Soft ones are number words.
    """

    kind: QuantityKind
    start: int
    end: int
    readings: frozenset[str]
    unit: tuple[str, Decimal] | None = None
    parts: frozenset[str] = frozenset()
    soft: bool = False

    @property
    def hours(self) -> frozenset[str]:
        """The hours of a time of day, empty for all else."""
        times = (value.split(":") for value in self.readings if ":" in value)
        return frozenset(str(int(hour.removesuffix(" pm"))) for hour, _ in times)

    def agrees_with(self, other: Quantity) -> bool:
        """Whether both may be the same value: 1 kg and 1000 g are, 5 kg and 5 m are not."""
        if self.kind != other.kind:
            return False
        if self.kind == "digits" and self.unit and other.unit:
            return self.unit[0] == other.unit[0] and not _based(self).isdisjoint(_based(other))
        return not self.readings.isdisjoint(other.readings)


def quantities(text: Folded) -> tuple[Quantity, ...]:
    """All quantities in the order of their places; none overlaps another.

    >>> from bge_demo.text.folding import fold
    >>> [sorted(one.readings) for one in quantities(fold("1.2万 or 12,000 on 3 May"))]
    [['12000'], ['12.000', '12000'], ['*-05-03']]
    """
    left = list(text.text)
    found: list[Quantity] = []
    for reader in (_dates, _times, _weekdays, _numbers):
        for start, end, quantity in reader("".join(left)):
            found.append(quantity(*text.span(start, end)))
            left[start:end] = "\x00" * (end - start)
    return tuple(sorted(found, key=lambda one: one.start))


# A place in the folded text, and the quantity there, to be placed in the source.
_Found = Iterator[tuple[int, int, Callable[[int, int], Quantity]]]


def _value(
    kind: QuantityKind,
    readings: set[str],
    unit: tuple[str, Decimal] | None = None,
    parts: Set[str] = frozenset(),
    soft: bool = False,
) -> Callable[[int, int], Quantity]:
    return lambda start, end: Quantity(kind, start, end, frozenset(readings), unit, frozenset(parts), soft)


# ---- dates -----------------------------------------------------------------------------------------------

_MONTH = "|".join(sorted(map(regex.escape, MONTHS), key=len, reverse=True))
_LETTER_BEFORE, _LETTER_AFTER = r"(?<![\p{L}\p{M}])", r"(?![\p{L}\p{M}])"
_DATE_PATTERNS = tuple(
    regex.compile(pattern)
    for pattern in (
        r"(?<!\d)(?P<y>\d{4}) ?[-/.年년] ?(?P<m>\d{1,2}) ?[-/.月월] ?(?P<d>\d{1,2})(?!\d)(?: ?[日号號일])?",
        r"(?<!\d)(?P<m>\d{1,2}) ?[月월] ?(?P<d>\d{1,2}) ?[日号號일]",
        r"(?<!\d)(?P<y>\d{4}) ?[年년] ?(?P<m>\d{1,2}) ?[月월]",
        r"(?<![\d.])(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})(?!\d)",
        r"(?<![\d/-])(?P<d>\d{1,2})(?P<either>[/-])(?P<m>\d{1,2})(?P=either)(?P<y>\d{4})(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2}) tháng ?(?P<m>\d{1,2})(?:(?:,| năm)? (?P<y>\d{4}))?(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)? ?(?:de |of )?{_LETTER_BEFORE}(?P<name>{_MONTH})"
        rf"{_LETTER_AFTER}\.?(?:,? ?(?:de |del )?(?P<y>\d{{4}}))?(?!\d)",
        rf"{_LETTER_BEFORE}(?P<name>{_MONTH})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)"
        r"(?:,? (?P<y>\d{4}))?(?!\d)",
        rf"{_LETTER_BEFORE}(?P<name>{_MONTH})\.?,? (?:de |del )?(?P<y>\d{{4}})(?!\d)",
    )
)
# What every date holds.
_FIGURE = regex.compile(r"\d")
_THAI_YEARS_AHEAD = 543


def _dates(text: str) -> _Found:
    if not _FIGURE.search(text):
        return
    taken: set[int] = set()
    for pattern in _DATE_PATTERNS:
        for match in pattern.finditer(text):
            readings = _date_readings(match.groupdict())
            if readings and taken.isdisjoint(range(*match.span())):
                taken.update(range(*match.span()))
                parts = {str(int(group)) for group in regex.findall(r"\d+", match.group())}
                yield *match.span(), _value("date", readings, parts=parts)


def _date_readings(groups: dict[str, str | None]) -> set[str]:
    """Every way to read it: with its year and without, day before month and month before day."""
    name = groups.get("name")
    month = MONTHS[name] if name else int(groups.get("m") or 0)
    day = int(groups.get("d") or 0)
    orders = {(month, day), (day, month)} if groups.get("either") else {(month, day)}
    year = groups.get("y")
    years = _years(int(year)) if year else ["*"]
    return {f"{y}-{m:02}-{d:02}" for m, d in orders if 1 <= m <= 12 and 0 <= d <= 31 for y in years}


def _years(year: int) -> list[str]:
    return [str(year), str(year - _THAI_YEARS_AHEAD)] if year > 2400 else [str(year)]


# ---- times -----------------------------------------------------------------------------------------------

_HAN_HOURS = "一二三四五六七八九十两兩"
_PM = "下午|中午|午后|午後|晚上?|傍晚|夜里|夜裡|夜间|夜間|오후|저녁|밤"
_AM = "上午|早上|清晨|凌晨|午前|오전|아침"
_TIME = regex.compile(
    rf"(?:(?P<pm>{_PM})|(?P<am>{_AM})) ?"
    rf"(?P<h>\d{{1,2}}|[{_HAN_HOURS}]{{1,3}}) ?[点點時时시]"
    r"(?: ?(?P<min>[0-5]?\d) ?[分분]?(?!\d)| ?(?P<past>[半반]))?"
    r"|(?<![\d:.])(?P<h>\d{1,2}):(?P<min>[0-5]\d)(?![\d:])(?: ?(?P<half>[ap])\.?m\b\.?)?"
    r"|(?<![\d:.])(?P<h>\d{1,2}) ?[h時时點点시] ?(?P<min>[0-5]?\d) ?[分분]?(?!\d)"
    r"|(?<![\d:.])(?P<h>\d{1,2})(?:[.](?P<min>[0-5]\d))? ?(?:uhr|uur|น\.)"
    r"|(?<=(?:\bsaat|\bpukul|\balle|\bore|\bàs|\bkl|\bklokke?) )(?P<h>\d{1,2})[.](?P<min>[0-5]\d)(?!\d)"
    r"|(?<![\d:.])(?P<h>\d{1,2}) ?(?P<half>[ap])\.?m\b\.?"
)


def _times(text: str) -> _Found:
    is_later = any(word in text for word in LATER_HALVES)
    for match in _TIME.finditer(text):
        hour, minute = _hour(match["h"]), 30 if match["past"] else int(match["min"] or 0)
        if hour > 24:
            continue
        readings = {f"{one}:{minute:02}" for one in _hours(match, is_later)}
        parts = {str(hour), str(minute)} if minute else {str(hour)}
        yield *match.span(), _value("date", readings, parts=parts)


def _hour(text: str) -> int:
    return int(text) if text.isdigit() else _han_value(text)


def _hours(time: regex.Match[str], is_later: bool) -> set[str]:
    """The hours that a time may mean. `10:30` agrees with `10:30 pm` but not with `22:30`, unless a word of
    its text puts it behind noon; `10点30` and `10 Uhr` may be either."""
    hour = _hour(time["h"])
    later = f"{hour % 12 + 12:02}"
    if hour > 12:
        return {f"{hour % 24:02}"}
    if time["pm"] and hour == 12 and time["pm"][0] in "晚夜傍밤":
        return {"00"}
    if time["pm"] or time["half"] == "p":
        return {later, f"{later} pm"}
    if time["am"] or time["half"]:
        return {f"{hour % 12:02}"}
    is_clock = ":" in time.group()
    return {f"{hour:02}", f"{later} pm"} | (set() if is_clock and not is_later else {later})


_WEEKDAY = regex.compile(
    # Vietnamese for the second time, not for Monday.
    rf"(?<!lần ){_LETTER_BEFORE}(?:%s){_LETTER_AFTER}|(?:%s)"
    % (
        "|".join(sorted((word for word in WEEKDAYS if word[0] < "\u0e00"), key=len, reverse=True)),
        "|".join(sorted((word for word in WEEKDAYS if word[0] >= "\u0e00"), key=len, reverse=True)),
    )
)


def _weekdays(text: str) -> _Found:
    for match in _WEEKDAY.finditer(text):
        yield *match.span(), _value("weekday", {str(WEEKDAYS[match.group()])}, soft=True)


# ---- numbers ---------------------------------------------------------------------------------------------

_HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_HAN_MYRIADS = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_HAN = "".join((*_HAN_DIGITS, *_HAN_TENS, *_HAN_MYRIADS))
_SPACED_WORD = "|".join(sorted((word for word in NUMBER_WORDS if word[0] < "\u0e00"), key=len, reverse=True))
_UNSPACED_WORD = "|".join(
    sorted((word for word in NUMBER_WORDS if word[0] >= "\u0e00"), key=len, reverse=True)
)
# Not the time unit: "a second", "10 seconds".
_ENGLISH_SECOND = r"(?<!\b(?:a|one|per|each|every|split|\d) )second"
_NUMBER = regex.compile(
    r"(?P<grouped>(?<![\d.,])\d{1,3}(?:[ ']\d{3})+(?![\d])(?:[.,]\d+)?)|(?P<plain>\d+(?:[.,]\d+)*)"
    r"|(?P<half>半[个個]?)(?=小时|小時|钟头|天|年|月)"
    rf"|(?P<han>(?!零下)[{_HAN}]+)|(?<!\p{{L}})(?P<count>[{''.join(KOREAN_COUNTS)}])(?= )"
    rf"|{_LETTER_BEFORE}(?P<second>{_ENGLISH_SECOND}){_LETTER_AFTER}"
    rf"|{_LETTER_BEFORE}(?P<dual>{'|'.join(DUALS)}){_LETTER_AFTER}|(?P<word>{_LETTER_BEFORE}(?:{_SPACED_WORD}){_LETTER_AFTER}|(?:{_UNSPACED_WORD}))"
)


def _any_of(words: Iterable[str]) -> regex.Pattern[str]:
    """One of the words after a blank, a hyphen or nothing; spaced scripts end it with the word."""
    longest_first = sorted(words, key=len, reverse=True)
    ends = (
        regex.escape(word) + (_LETTER_AFTER if word[-1].isalpha() and word[0] < "\u0e00" else "")
        for word in longest_first
    )
    return regex.compile(f"[ -]?(?:{'|'.join(ends)})")


# What makes an ordinal of a figure: 2nd, 3er, 4e, 第2.
_ORDINAL = regex.compile(rf"(?:st|nd|rd|th|er|e){_LETTER_AFTER}(?!\d)")
_MULTIPLIER, _UNIT = _any_of(MULTIPLIERS), _any_of(UNITS)


# A minus before a figure, with or without a currency's sign between; in a range or a code it is a hyphen.
_MINUS = regex.compile(
    r"(?:^|[^\p{L}\p{M}\p{N}\s]|(?<!\p{N})\s)\K(?:\p{Sc}?[-−–]\p{Sc}?|(?:minus|moins|menos|минус|영하) )$"
    r"|(?:负|負|零下|マイナス)$"
)

_SEPARATOR = regex.compile(r"[.,]")


def _numbers(text: str) -> _Found:
    place = 0
    while match := _NUMBER.search(text, place):
        readings, soft = _value_readings(match)
        end = match.end()
        while readings and (more := _MULTIPLIER.match(text, end)):
            factor = MULTIPLIERS[more.group().strip(" -")]
            readings = {_multiplied(value, Decimal(factor)) for value in readings}
            end, soft = more.end(), False
        unit = UNITS[DUALS[match["dual"]][1]] if match["dual"] else None
        if readings and unit is None and (named := _UNIT.match(text, end)):
            unit, end = UNITS[named.group().strip(" -")], named.end()
        if match["plain"] and (ordinal := _ORDINAL.match(text, end)):
            end = ordinal.end()
        if readings:
            # "1 day" and "a day": one is often not said.
            start = match.start() - text.startswith("第", max(0, match.start() - 1), match.start())
            if sign := _MINUS.search(text, max(0, start - _LONGEST_MINUS), start):
                start, readings = sign.start(), {f"-{value}" for value in readings}
            yield start, end, _value("digits", readings, unit, soft=soft or readings == {"1"})
        place = max(end, match.end())


def _value_readings(match: regex.Match[str]) -> tuple[set[str], bool]:
    """The values, and whether they are no more than a number word."""
    if match["dual"]:
        return {str(DUALS[match["dual"]][0])}, True
    if match["half"]:
        return {"0.5"}, True
    if match["second"]:
        return {"2"}, True
    if match["count"]:
        return {str(KOREAN_COUNTS[match["count"]])}, True
    if match["word"]:
        return {str(NUMBER_WORDS[match["word"]])}, True
    if match["han"]:
        return _han_readings(match["han"])
    if match["grouped"]:
        whole, _, decimals = regex.sub(r"[ ']", "", match["grouped"]).replace(",", ".").partition(".")
        return {_plain(Decimal(f"{whole}.{decimals or 0}"))}, False
    return figure_readings(match["plain"]), False


def figure_readings(figure: str) -> set[str]:
    """Digits with points or commas to the values they may mean.

    >>> sorted(figure_readings("1,234.50")), sorted(figure_readings("1.234")), figure_readings("1.2.3")
    (['1234.5'], ['1.234', '1234'], {'1.2.3'})
    """
    separators, groups = _SEPARATOR.findall(figure), _SEPARATOR.split(figure)
    if len(figure) > _LONGEST_NUMBER:
        return {figure}
    if not separators:
        return {_plain(Decimal(figure))}
    joined, last = "".join(groups), groups[-1]
    if len(set(separators)) == 2 and separators.count(separators[-1]) == 1:
        return {_plain(Decimal(f"{joined[: -len(last)]}.{last}"))}
    if len(separators) > 1:
        is_grouped = len(last) == 3 and all(2 <= len(group) <= 3 for group in groups[1:])
        return {_plain(Decimal(joined))} if is_grouped else {figure}
    if len(last) == 3 and len(groups[0]) <= 3 and groups[0].strip("0"):
        # As thousandths it stays as written: 12.000 must not become 12.
        return {_plain(Decimal(joined)), f"{int(groups[0])}.{last}"}
    return {_plain(Decimal(f"{groups[0]}.{last}"))}


def _han_readings(text: str) -> tuple[set[str], bool]:
    """二十三, 五千万, 二〇二四; one sign alone is soft, and so is what holds no digit, such as 千万."""
    digits = [char for char in text if char in _HAN_DIGITS]
    if not digits:
        return ({_plain(Decimal(_han_value(text)))}, True) if text in _HAN_TENS else (set(), True)
    if len(digits) == len(text):
        value = "".join(str(_HAN_DIGITS[char]) for char in text)
        return {_plain(Decimal(value))}, len(text) < 3
    return {_plain(Decimal(_han_value(text)))}, len(text) < 2


def _han_value(text: str) -> int:
    total, section, digit = 0, 0, None
    for char in text:
        if char in _HAN_DIGITS:
            digit = _HAN_DIGITS[char]
        elif char in _HAN_TENS:
            section += (1 if digit is None else digit) * _HAN_TENS[char]
            digit = None
        else:
            total += max(section + (digit or 0), 1) * _HAN_MYRIADS[char]
            section, digit = 0, None
    return total + section + (digit or 0)


def _plain(value: Decimal) -> str:
    """`12000`, `3.5`: no exponent, no trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _multiplied(value: str, factor: Decimal) -> str:
    """A code such as 1.2.3 is no value and stays as it is; so does 12.000, when nothing multiplies it."""
    if factor == 1 or not value.replace(".", "", 1).isdecimal():
        return value
    return _plain(Decimal(value) * factor)


def _based(quantity: Quantity) -> set[str]:
    """The readings in the base of the unit's dimension."""
    factor = quantity.unit[1] if quantity.unit else Decimal(1)
    return {_multiplied(value, factor) for value in quantity.readings}
