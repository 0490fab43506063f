"""What tells texts apart: tables in 16 languages, places that hold, and what must stay equal."""

from __future__ import annotations

import doctest

import pytest
from fakes import AWKWARD_TEXTS
from hypothesis import given
from hypothesis import strategies as st

from bge_demo.text import common, folding, han_variants, negations, quantities
from bge_demo.text import differences as module
from bge_demo.text.differences import Difference, differences, flags, read
from bge_demo.text.folding import exact_key, fold

# language, a statement, its denial
DENIALS = [
    ("en", "Refunds are possible within 14 days", "Refunds are not possible within 14 days"),
    ("en", "Smoking is allowed in this room", "Smoking is forbidden in this room"),
    ("en", "The part is available", "The part is unavailable"),
    ("en", "You can park here", "You can't park here"),
    ("zh", "可以退款", "不可以退款"),
    ("zh", "房间里允许吸烟", "房间里禁止吸烟"),
    ("zh", "我同意这个方案", "我不同意这个方案"),
    ("zh", "牛奶已经过期", "牛奶还不过期"),
    ("zh", "我已经收到包裹", "我没有收到包裹"),
    ("ja", "この部屋では喫煙できます", "この部屋では喫煙できません"),
    ("ja", "写真を撮ってください", "写真を撮らないでください"),
    ("ko", "환불이 가능합니다", "환불이 가능하지 않습니다"),
    ("ko", "여기에 주차할 수 있습니다", "여기에 주차할 수 없습니다"),
    ("de", "Hunde sind im Hotel erlaubt", "Hunde sind im Hotel nicht erlaubt"),
    ("de", "Wir haben heute Brot", "Wir haben heute kein Brot"),
    ("fr", "Il est possible d'annuler", "Il n'est pas possible d'annuler"),
    ("fr", "Le petit déjeuner avec café", "Le petit déjeuner sans café"),
    ("es", "Se permite fumar en la terraza", "No se permite fumar en la terraza"),
    ("it", "Il museo è aperto la domenica", "Il museo non è aperto la domenica"),
    ("pt", "É permitido entrar com animais", "Não é permitido entrar com animais"),
    ("ru", "Товар можно вернуть", "Товар нельзя вернуть"),
    ("ru", "Сервис доступен ночью", "Сервис недоступен ночью"),
    ("ar", "يمكن استرداد المبلغ", "لا يمكن استرداد المبلغ"),
    ("hi", "यह टिकट वापस होगा", "यह टिकट वापस नहीं होगा"),
    ("th", "สามารถคืนเงินได้", "ไม่สามารถคืนเงินได้"),
    ("vi", "Khách được hút thuốc trong phòng", "Khách không được hút thuốc trong phòng"),
    ("tr", "Bu ürün iade edilir", "Bu ürün iade edilmez"),
    ("tr", "Geri ödeme mümkündür", "Geri ödeme mümkün değildir"),
    ("nl", "Honden zijn toegestaan", "Honden zijn niet toegestaan"),
    ("pl", "Psy są dozwolone", "Psy nie są dozwolone"),
    ("id", "Anda boleh parkir di sini", "Anda tidak boleh parkir di sini"),
]
# Same meaning where rules could see a denial or a figure that is none.
SAME = [
    ("minus 5 degrees", "-5 degrees"),
    ("今天零下5度", "今天负5度"),
    ("5-10 days", "5 to 10 days"),
    ("Flight LH-400", "Flight LH 400"),
    ("phone 010-62345678", "phone 010 62345678"),
    ("It is not possible to pay in cash", "It is impossible to pay in cash"),
    ("No. 5, Baker Street", "5 Baker Street"),
    ("不可以退款", "Refunds are not possible"),
    ("你能不能来", "Can you come?"),
    ("这里非常安静", "This place is very quiet"),
    ("会议不得不推迟", "The meeting had to be postponed"),
    ("明日は必ず来なければなりません", "You must come tomorrow"),
    ("雨が降るかもしれません", "It may rain"),
    ("Bạn có khỏe không?", "How are you?"),
    ("Mild Steel Hex Bolt M12x50", "MS Hex Bolt M12 x 50"),
    ("価格：１００円", "価格:100円"),
    ("The fund paid 12,000 euros", "Der Fonds zahlte 12.000 Euro"),
    ("12,000 people came", "来了1.2万人"),
    ("Delivery takes three days", "Die Lieferung dauert 3 Tage"),
    ("Delivery takes 3 days", "三天内送达"),
    ("The bag holds 1 kg", "The bag holds 1000 g"),
    ("5 million visitors", "500万名游客"),
    ("5 million visitors", "방문객 500만 명"),
    ("Closed on 3 May 2024", "2024年5月3日休息"),
    ("Closed on 3 May 2024", "Am 3.5.2024 geschlossen"),
    ("Closed on 3 May 2024", "Закрыто 3 мая 2024"),
    ("Closed on 3 May 2024", "مغلق يوم ٣ مايو ٢٠٢٤"),
    ("Closed on 3 May 2024", "ปิดวันที่ 3 พฤษภาคม 2567"),
    ("Closed on 3 May 2024", "Đóng cửa ngày 3 tháng 5 năm 2024"),
    ("Open at 2:30 pm", "14:30 开门"),
    ("Open at 2:30 pm", "Open at 2:30"),
    ("Open at 2:30 in the afternoon", "Open at 14:30"),
    ("晚上10:30关门", "22:30关门"),
    ("航班下午3点起飞", "航班15:00起飞"),
    ("会议下午两点开始", "会议14:00开始"),
    ("半小时后到", "30分钟后到"),
    ("晚上12点关门", "24:00关门"),
    ("下午3点半开会", "The meeting is at 3:30 pm"),
    ("Meeting at 10:30 am", "Meeting at half past ten in the morning"),
    ("Closed on Monday", "周一休息"),
    ("60 minutes", "1 hour"),
    ("Leaves at 9:40 from platform 3", "9時40分に3番線から発車"),
    ("Leaves at 9:40 from platform 3", "九点四十分从第三站台开出"),
    ("Leaves at 9:40 from platform 3", "At twenty to ten it leaves from the third platform"),
    ("Open from 3 pm", "15:00 开门"),
    ("within 14 days", "within two weeks"),
    ("within 14 days", "خلال الأسبوعين الأولين"),
    ("2 tablets three times a day", "하루 세 번 2알"),
    ("Tome 2 comprimidos três vezes ao dia", "1日3回2錠"),
    ("I have forgotten my password", "I can't remember my password"),
    ("Parcels up to 20 kg", "الطرود التي لا يتجاوز وزنها 20 كغ"),
    ("Parcels up to 20 kg", "Bưu kiện không quá 20 kg"),
    ("Wash your hands before eating", "Yemek yemeden önce ellerinizi yıkayın"),
]
# kind, a, b
CHANGES = [
    ("digits", "It costs -5", "It costs 5"),
    ("digits", "balance: −20 EUR", "balance: 20 EUR"),
    ("digits", "气温零下5度", "气温5度"),
    ("digits", "あまい２", "あまい３"),
    ("size", "Hex bolt 50 mm", "Hex bolt 60 mm"),
    ("digits", "MS Hex Bolt M12 x 50", "MS Hex Bolt M12x60"),
    ("digits", "5 million visitors", "50 million visitors"),
    ("digits", "人口五千万", "人口五百万"),
    ("digits", "There are two cats", "There are three cats"),
    ("size", "5 kg flour", "5 g flour"),
    ("date", "Closed on 3 May 2024", "Closed on 4 May 2024"),
    ("date", "Open on Monday", "Open on Tuesday"),
    ("date", "The train leaves at 10:30", "The train leaves at 22:30"),
    ("date", "Open at 2:30 am", "Open at 2:30 pm"),
    ("date", "上午10点开门", "22:00开门"),
    ("date", "下午3点开会", "下午4点开会"),
    ("date", "上午十点开门", "下午十点开门"),
    ("date", "晚上12点开始", "中午12点开始"),
    ("date", "周一开会", "周五开会"),
    ("digits", "Preis: 12.000 Euro", "Preis: 12 Euro"),
    ("digits", "السعر ٥٠ ريالا", "السعر ٦٠ ريالا"),
    ("digits", "कीमत ५० रुपये", "कीमत ६० रुपये"),
    ("digits", "ราคา ๕๐ บาท", "ราคา ๖๐ บาท"),
    ("digits", "version 1.2.3", "version 1.2.4"),
]


@pytest.mark.parametrize(("language", "statement", "denial"), DENIALS)
def test_a_denial_is_named_on_its_side(language: str, statement: str, denial: str) -> None:
    found = differences(statement, denial)
    assert [one.kind for one in found.only_b if one.kind == "negation"], language
    assert "negation" not in {one.kind for one in found.only_a}
    assert flags(read(statement), read(denial)) == ("negation",)
    assert flags(read(denial), read(denial)) == ()


def test_every_language_of_the_rules_is_in_the_table() -> None:
    assert {language for language, _, _ in DENIALS} == set(negations.LANGUAGES)


@pytest.mark.parametrize(("a", "b"), SAME)
def test_what_means_the_same_is_not_flagged(a: str, b: str) -> None:
    assert flags(read(a), read(b)) == ()


@pytest.mark.parametrize(("kind", "a", "b"), CHANGES)
def test_changed_values_are_flagged_on_both_sides(kind: str, a: str, b: str) -> None:
    assert flags(read(a), read(b)) == (kind,)
    found = differences(a, b)
    assert {kind} <= {one.kind for one in found.only_a} & {one.kind for one in found.only_b}


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        ("width", "Ｈello", "Hello"),
        ("case", "HELLO there", "hello there"),
        ("marks", "a café here", "a cafe here"),
        ("marks", "السَّلام عليكم", "السلام عليكم"),
        ("script", "開通新帳號", "开通新账号"),
        ("blanks", "a  b c", "a b c"),
        ("punctuation", "How do I reset it", "How do I reset it?"),
    ],
)
def test_changes_of_form_are_named(kind: str, a: str, b: str) -> None:
    assert differences(a, b).kinds == (kind,)
    assert flags(read(a), read(b)) == ()


@pytest.mark.parametrize("other", ["I am happy 😡", "I am happy 👨‍👩‍👧", "I am happy 🇫🇷"])
def test_another_emoji_is_no_change_of_form(other: str) -> None:
    assert differences("I am happy 😀", other).kinds == ()


def test_texts_in_other_words_are_not_compared_by_form() -> None:
    assert differences("气候变化是全球挑战", "Climate change is a global challenge!").kinds == ()


def test_a_second_denial_is_named_between_texts_of_like_words() -> None:
    found = differences("Do not smoke. Parking is allowed.", "Do not smoke. Parking is not allowed.")
    assert found.only_b == (Difference("negation", "not", 25, 28),)
    assert found.only_a == ()


any_text = (
    st.sampled_from(AWKWARD_TEXTS) | st.text(max_size=60) | st.from_regex(r"[\d.,: /x一万千MonMay3-]{0,20}")
)


@given(any_text, any_text)
def test_places_hold_and_sides_swap(a: str, b: str) -> None:
    found, swapped = differences(a, b), differences(b, a)
    for text, only in ((a, found.only_a), (b, found.only_b)):
        assert all(text[one.start : one.end] == one.text for one in only)
    assert (found.only_a, found.only_b) == (swapped.only_b, swapped.only_a)
    assert flags(read(a), read(b)) == tuple(kind for kind in found.kinds if kind in module.FLAGS)


@given(any_text)
def test_a_text_does_not_differ_from_itself_nor_from_its_other_widths(text: str) -> None:
    assert differences(text, text).kinds == ()
    assert exact_key(f" {text.upper().upper()}\n") == exact_key(text.upper())


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_figures_agree_in_every_way_of_writing_them(value: int, other: int) -> None:
    plain, grouped, spaced = f"x {value}", f"x {value:,}", f"x {value:,}".replace(",", " ")
    wide = "x " + "".join(chr(ord(digit) - ord("0") + ord("０")) for digit in str(value))
    texts = [plain, grouped, spaced, wide]
    assert all(flags(read(a), read(b)) == () for a in texts for b in texts)
    assert (flags(read(plain), read(f"x {other}")) == ()) == (value == other)


@given(any_text)
def test_folded_places_cover_the_source_in_order(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert list(folded.starts) == sorted(folded.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))


def test_a_long_row_of_digits_is_read() -> None:
    assert flags(read("7" * 9000), read("7" * 9000)) == ()
    assert flags(read("7" * 9000), read("7" * 8999 + "8")) == ("digits",)


@pytest.mark.parametrize("examples", [module, common, folding, han_variants, negations, quantities])
def test_the_examples_in_the_docstrings_hold(examples: object) -> None:
    assert doctest.testmod(examples).failed == 0  # type: ignore[arg-type]


# language, two ordinals that must not be taken for one another
ORDINALS = [
    ("en", "The second edition of the book", "The third edition of the book"),
    ("en", "The first edition", "The second edition"),
    ("zh", "这是第二版", "这是第三版"),
    ("ja", "二番目の版", "三番目の版"),
    ("ko", "첫 번째 판", "두 번째 판"),
    ("ko", "두 번째 판", "세 번째 판"),
    ("de", "die erste Auflage", "die zweite Auflage"),
    ("fr", "le premier étage", "le troisième étage"),
    ("es", "la primera edición", "la segunda edición"),
    ("it", "la prima edizione", "la seconda edizione"),
    ("pt", "primeira edição", "segunda edição"),
    ("ru", "первое издание", "второе издание"),
    ("ar", "الطبعة الثانية", "الطبعة الثالثة"),
    ("hi", "पहला संस्करण", "दूसरा संस्करण"),
    ("th", "ฉบับที่สอง", "ฉบับที่สาม"),
    ("vi", "lần thứ nhất", "lần thứ hai"),
    ("tr", "birinci baskı", "ikinci baskı"),
    ("id", "edisi pertama", "edisi kedua"),
    ("nl", "de tweede druk", "de derde druk"),
    ("pl", "drugie wydanie", "trzecie wydanie"),
]


@pytest.mark.parametrize(("language", "a", "b"), ORDINALS)
def test_ordinals_tell_texts_apart(language: str, a: str, b: str) -> None:
    assert flags(read(a), read(b)) == ("digits",), language


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Wait a second please", "Wait a moment please"),
        ("the 2nd edition", "the second edition"),
        ("The second edition of the book", "这本书的第二版"),
        ("my first book", "my book"),
    ],
)
def test_ordinals_that_agree_and_the_time_unit_are_no_difference(a: str, b: str) -> None:
    assert flags(read(a), read(b)) == ()


@pytest.mark.parametrize(
    ("a", "b", "whole"),
    [
        ("Take the 2nd door", "Take the 3rd door", "2nd"),
        ("the 1,000th visitor", "the 2,000th visitor", "1,000th"),
        ("au 2e étage", "au 3e étage", "2e"),
        ("请看第2章", "请看第3章", "第2"),
        ("请看第二章", "请看第三章", "第二"),
        ("code 2e5", "code 3e5", "2"),
    ],
)
def test_an_ordinal_is_marked_whole(a: str, b: str, whole: str) -> None:
    assert [one.text for one in differences(a, b).only_a] == [whole]


@pytest.mark.parametrize(
    ("a", "b", "names_a", "names_b"),
    [
        ("John met Peter in Paris", "John met Frank in Rome", ["Peter", "Paris"], ["Frank", "Rome"]),
        ("Иван живёт в Москве", "Иван живёт в Париже", ["Москве"], ["Париже"]),
        ("Dr. Anna Bell is in", "Dr. Paul Roe is in", ["Anna", "Bell"], ["Paul", "Roe"]),
        ("我住在 Paris 市", "我住在 London 市", ["Paris"], ["London"]),
        ("Room 12A", "Room 12B", ["12A"], ["12B"]),
        ("version 2.0a of the plan", "version 2.0b of the plan", ["2.0a"], ["2.0b"]),
    ],
)
def test_names_and_codes_that_changed_are_named_and_keep_nothing_apart(
    a: str, b: str, names_a: list[str], names_b: list[str]
) -> None:
    found = differences(a, b)
    assert [one.text for one in found.only_a if one.kind == "name"] == names_a
    assert [one.text for one in found.only_b if one.kind == "name"] == names_b
    assert flags(read(a), read(b)) == ()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("MS Hex Bolt M12x50", "MS Hex Bolt M12 x 50"),
        ("We met Anna in New York", "we met anna in new york"),
        ("The cat sleeps", "A cat sleeps"),
        ("A letter from Anna", "On this day prices rose in Rome"),
    ],
)
def test_no_name_differs_where_a_text_says_it_another_way(a: str, b: str) -> None:
    assert "name" not in differences(a, b).kinds
