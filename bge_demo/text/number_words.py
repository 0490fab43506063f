"""Number words, multipliers and units of measure in 16 languages, folded, to their values. Data only."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

# One line a language: two to twelve; | between spellings. A dash leaves a number out:
# English "once" and "on", Thai ห้า (the start of "forbidden") and Korean 두 (in thousands of words) look like one.
_WORD_LINES = """
two three four five six seven eight nine ten eleven twelve
zwei drei vier fünf sechs sieben acht neun zehn elf zwölf
deux trois quatre cinq six sept huit neuf dix onze douze
dos tres cuatro cinco seis siete ocho nueve diez - doce
due tre quattro cinque sei sette otto nove dieci undici dodici
dois|duas três quatro cinco seis sete oito nove dez onze doze
два|две|двух|двумя|двое три|трёх|трех|трое четыре|четырёх|четырех пять|пяти шесть|шести семь|семи восемь|восьми девять|девяти десять|десяти одиннадцать двенадцать|двенадцати
اثنان|اثنين|اثنتان|اثنتين|مرتين ثلاثة|ثلاث أربعة|أربع خمسة|خمس ستة|ست سبعة|سبع ثمانية|ثماني|ثمان تسعة|تسع عشرة|عشر - -
दो तीन चार पांच|पाँच छह|छः सात आठ नौ दस ग्यारह बारह
สอง สาม สี่ - หก เจ็ด แปด เก้า สิบ สิบเอ็ด สิบสอง
hai - bốn - sáu bảy tám chín mười - -
iki üç dört beş altı yedi sekiz dokuz - - -
dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas -
- - - 다섯 여섯 일곱 여덟 아홉 - 열한 열두
"""
# Others: pairs, ordinals, larger ones, each with its spellings.
_MORE_LINES = """
1 one หนึ่ง first la_prima primo premier première primer primero primera primeiro primeira erste ersten erster erstes первый первая первое первого первой первом первую الأول الأولى पहला पहली แรก thứ_nhất lần_đầu birinci ilk pertama 첫째 eerste pierwszy pierwsza pierwsze pierwszego pierwszej
2 couple par пару пара zweite deuxième segundo segunda secondo seconda второй второго второй الثاني ikinci kedua twee dwa dwie dwóch zweiten zweiter zweites вторая второе втором вторую الثانية दूसरा दूसरी lần_thứ_hai 둘째 tweede drugi druga drugie drugiego drugiej
3 third dritte dritten dritter troisième tercer tercero tercera terzo terza terceiro terceira третий третьего третьей الثالث üçüncü ketiga drie trzy trzech derde derden trzeci trzeciego drittes третья третье третьем третью الثالثة तीसरा तीसरी तीसरे lần_thứ_ba 셋째 trzecia trzecie trzeciej
4 fourth vierte vierten quatrième cuarto cuarta quarto quarta четвёртый четвертый четвёртого четвертого الرابع dördüncü keempat vier cztery vierter viertes четвёртая четвертая четвёртое четвертое الرابعة चौथा चौथी lần_thứ_tư 넷째 vierde czwarty czwarta czwarte
5 fifth fünfte fünften cinquième quinto quinta пятый пятого الخامس beşinci kelima vijf pięć fünfter fünftes пятая пятое الخامسة पांचवां पाँचवाँ ที่ห้า vijfde piąty piąta piąte
6 sixth sechste sechsten sixième sexto sesto шестой шестая шестое السادس السادسة altıncı keenam zesde szósty szósta szóste
7 seven zeven siedem seventh siebte siebten septième séptimo settimo sétimo седьмой седьмая седьмое السابع السابعة yedinci ketujuh zevende siódmy siódma siódme
8 eighth achte huitième octavo ottavo oitavo восьмой восьмая восьмое الثامن الثامنة sekizinci kedelapan achtste ósmy ósma ósme
9 negen dziewięć ninth neunte neunten neuvième noveno nono девятый девятая девятое التاسع التاسعة dokuzuncu kesembilan negende dziewiąty dziewiąta dziewiąte
10 tien dziesięć tenth zehnte zehnten dixième décimo decimo десятый десятая десятое العاشر العاشرة onuncu kesepuluh tiende dziesiąty dziesiąta dziesiąte
11 eleventh onzième
12 dozen dutzend douzaine twelfth douzième
13 thirteen
14 fourteen
15 fifteen
16 sixteen
17 seventeen
18 eighteen
19 nineteen
20 twenty zwanzig vingt veinte venti vinte двадцать عشرون عشرين बीस ยี่สิบ yirmi 스무 twentieth
30 thirty dreißig trente treinta trenta trinta тридцать ثلاثون ثلاثين तीस สามสิบ otuz thirtieth
40 forty
50 fifty fünfzig cinquante cincuenta cinquanta cinquenta пятьдесят خمسون خمسين पचास ห้าสิบ elli
60 sixty
70 seventy
80 eighty
90 ninety
100 hundred hundert cent cien cento сто مئة مائة सौ yüz seratus một_trăm
"""


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word.lower())


NUMBER_WORDS: dict[str, int] = {
    spelling: number
    for line in _folded(_WORD_LINES).strip().splitlines()
    for number, spellings in enumerate(line.split(), start=2)
    for spelling in spellings.split("|")
    if spelling != "-"
} | {
    word.replace("_", " "): int(value)
    for value, *words in map(str.split, _folded(_MORE_LINES).strip().splitlines())
    for word in words
}

_MULTIPLIER_LINES = """
10 십 สิบ
100 hundred 百 백 ร้อย trăm सौ
1000 thousand thousands tausend mille mila mil тысяч тысячи тысяча тыс ألف آلاف हज़ार हजार พัน nghìn ngàn bin ribu 千 천
10000 万 萬 만 หมื่น
100000 lakh lakhs लाख แสน
1000000 million millions mio millionen millón millones milione milioni milhão milhões миллион миллиона миллионов млн مليون ملايين ล้าน triệu milyon juta
10000000 crore crores करोड़
100000000 亿 億 억
1000000000 billion billions mrd milliarde milliarden milliard milliards miliardo miliardi bilhão bilhões миллиард миллиарда миллиардов млрд مليار مليارات tỷ tỉ milyar miliar
1000000000000 兆 조
"""
# Words that are a number and its unit in one.
DUALS: dict[str, tuple[int, str]] = {
    "أسبوعين": (2, "week"),
    "الأسبوعين": (2, "week"),
    "أسبوعان": (2, "week"),
    "يومين": (2, "day"),
    "ساعتين": (2, "hour"),
    "شهرين": (2, "month"),
    "سنتين": (2, "year"),
    "fortnight": (2, "week"),
}
# Korean numbers before a counter; inside other words the same syllables mean nothing.
KOREAN_COUNTS: dict[str, int] = {"첫": 1, "두": 2, "세": 3, "네": 4, "열": 10}

MULTIPLIERS: dict[str, int] = {
    word: int(value)
    for value, *words in map(str.split, _folded(_MULTIPLIER_LINES).strip().splitlines())
    for word in words
}

# Dimension, factor to its base unit, spellings. One-letter spellings that are words elsewhere are left out.
_UNIT_LINES = """
length 0.001 mm 毫米 ミリメートル ミリ 밀리미터 мм มม. millimetre millimetres millimeter millimeters
length 0.01 cm 厘米 公分 センチメートル センチ 센티미터 см ซม. सेमी centimetre centimetres centimeter centimeters
length 1 m 米 公尺 メートル 미터 м เมตร मीटर متر metre metres meter meters mètre mètres metro metros metri
length 1000 km 公里 千米 キロメートル 킬로미터 км กม. กิโลเมตร किमी किलोमीटर كم kilometre kilometres kilometer kilometers
mass 0.000001 mg 毫克 ミリグラム 밀리그램 мг มก. मिलीग्राम ملغ
mass 0.001 g 克 グラム 그램 г กรัม ग्राम غرام جرام gram grams gramm grammes gramos grammi gramas
mass 1 kg 公斤 千克 キログラム キロ 킬로그램 킬로 кг กก. กิโลกรัม किलो किलोग्राम كغ كيلوغرام kilo kilos kilograms kilogramm
volume 0.001 ml 毫升 ミリリットル 밀리리터 мл มล. मिली millilitre millilitres milliliter milliliters
volume 0.01 cl
volume 1 l 升 公升 リットル 리터 л ลิตร लीटर لتر litre litres liter liters litro litros litri litre
data 1 kb
data 1000 mb мб
data 1000000 gb гб
data 1000000000 tb тб
power 1 w watt watts 瓦 ワット 와트 вт वाट وات วัตต์
power 1000 kw 千瓦 キロワット 킬로와트 квт
voltage 1 v volt volts 伏 ボルト 볼트
charge 1 mah
frequency 1 hz
frequency 1000000 mhz
frequency 1000000000 ghz
celsius 1 °c ℃
fahrenheit 1 °f
share 1 % percent prozent パーセント 퍼센트 процентов процента процент phần_trăm persen เปอร์เซ็นต์ प्रतिशत
euro 1 € eur euro euros 欧元 ユーロ 유로 евро يورو यूरो ยูโร
dollar 1 $ usd dollar dollars dólares dollari dólar доллар долларов доллара 美元 ドル 달러 دولار डॉलर ดอลลาร์ đô_la
time 60 min 分 minute minutes minuten minutos minuti минут минуты 分钟 分鐘 分間 분 دقيقة नาที मिनट phút dakika menit
time 3600 h hour hours stunde stunden heure heures hora horas ore ora час часа часов 小时 小時 時間 시간 ساعة ساعات ชั่วโมง घंटे घंटा giờ saat jam
time 86400 日 day days dagen dni tag tage tagen jour jours día días giorno giorni dia dias день дня дней 天 日間 일 يوم أيام يوما วัน दिन ngày gün hari
time 604800 week weeks weken tygodnie tygodni woche wochen semaine semaines semana semanas settimana settimane неделя недели недель 周 週 週間 주 주일 أسبوع أسابيع สัปดาห์ सप्ताह हफ्ते tuần hafta minggu
months 1 month months monat monate monaten mois mes meses mese mesi mês месяц месяца месяцев 个月 個月 か月 ヶ月 カ月 개월 شهر أشهر شهور เดือน महीने महीना tháng ay bulan
months 12 year years jahr jahre jahren an ans année années año años anno anni ano anos год года лет 年 년 سنة سنوات عام أعوام ปี साल वर्ष yıl tahun
"""
UNITS: dict[str, tuple[str, Decimal]] = {
    word.replace("_", " "): (dimension, Decimal(factor))
    for dimension, factor, *words in map(str.split, _folded(_UNIT_LINES).strip().splitlines())
    for word in words
}
