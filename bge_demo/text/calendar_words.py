"""Names of months and weekdays in 16 languages, folded, to their numbers. Data only."""

from __future__ import annotations

import unicodedata

# One line a language, January to December; | between spellings of one month.
_MONTH_LINES = """
january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep october|oct november|nov december|dec
januar|jänner februar|feb märz april mai juni juli august september|sept oktober|okt november dezember|dez
janvier|janv février|févr mars avril|avr mai juin juillet|juil août septembre|sept octobre novembre décembre|déc
enero|ene febrero|feb marzo abril|abr mayo junio julio agosto|ago septiembre|setiembre octubre noviembre diciembre|dic
gennaio|gen febbraio|febb marzo aprile maggio|mag giugno|giu luglio|lug agosto settembre|sett ottobre|ott novembre dicembre|dic
janeiro|jan fevereiro|fev março abril maio junho julho agosto setembro|set outubro|out novembro dezembro|dez
января|январь|янв февраля|февраль|февр марта|март апреля|апрель|апр мая|май июня|июнь июля|июль августа|август|авг сентября|сентябрь|сент октября|октябрь|окт ноября|ноябрь|нояб декабря|декабрь|дек
يناير فبراير مارس أبريل|إبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
जनवरी फरवरी|फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर|सितम्बर अक्टूबर|अक्तूबर नवंबर|नवम्बर दिसंबर|दिसम्बर
มกราคม|ม.ค. กุมภาพันธ์|ก.พ. มีนาคม|มี.ค. เมษายน|เม.ย. พฤษภาคม|พ.ค. มิถุนายน|มิ.ย. กรกฎาคม|ก.ค. สิงหาคม|ส.ค. กันยายน|ก.ย. ตุลาคม|ต.ค. พฤศจิกายน|พ.ย. ธันวาคม|ธ.ค.
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
januari februari maret april mei juni juli agustus september oktober november desember
"""
# Monday to Sunday.
_WEEKDAY_LINES = """
monday|mondays tuesday|tuesdays wednesday|wednesdays thursday|thursdays friday|fridays saturday|saturdays sunday|sundays
montag|montags dienstag|dienstags mittwoch|mittwochs donnerstag|donnerstags freitag|freitags samstag|samstags|sonnabend sonntag|sonntags
lundi|lundis mardi|mardis mercredi|mercredis jeudi|jeudis vendredi|vendredis samedi|samedis dimanche|dimanches
lunes martes miércoles jueves viernes sábado|sábados domingo|domingos
lunedì martedì mercoledì giovedì venerdì sabato domenica
segunda-feira|segundas-feiras terça-feira|terças-feiras quarta-feira|quartas-feiras quinta-feira|quintas-feiras sexta-feira|sextas-feiras sábado domingo
понедельник|понедельникам|понедельника вторник|вторникам|вторника среда|среду|средам|среды четверг|четвергам|четверга пятница|пятницу|пятницам|пятницы суббота|субботу|субботам|субботы воскресенье|воскресеньям|воскресенья
الاثنين|الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد
सोमवार मंगलवार बुधवार गुरुवार|बृहस्पतिवार शुक्रवार शनिवार रविवार
วันจันทร์ วันอังคาร วันพุธ วันพฤหัสบดี|วันพฤหัส วันศุกร์ วันเสาร์ วันอาทิตย์
thứ_hai thứ_ba thứ_tư thứ_năm thứ_sáu thứ_bảy chủ_nhật
pazartesi salı çarşamba perşembe cuma cumartesi pazar
senin selasa rabu kamis jumat|jum'at sabtu minggu
星期一|周一|週一|礼拜一|月曜 星期二|周二|週二|礼拜二|火曜 星期三|周三|週三|礼拜三|水曜 星期四|周四|週四|礼拜四|木曜 星期五|周五|週五|礼拜五|金曜 星期六|周六|週六|礼拜六|土曜 星期日|星期天|周日|週日|礼拜天|日曜
월요일 화요일 수요일 목요일 금요일 토요일 일요일
"""


def _numbered(lines: str) -> dict[str, int]:
    words = {}
    for line in unicodedata.normalize("NFKC", lines.lower()).strip().splitlines():
        for number, spellings in enumerate(line.split(), start=1):
            for spelling in spellings.split("|"):
                words[spelling.replace("_", " ")] = number
    return words


MONTHS = _numbered(_MONTH_LINES)
WEEKDAYS = _numbered(_WEEKDAY_LINES)

# Parts of words that put a time behind noon; one line a language.
LATER_HALVES = frozenset(
    """
afternoon evening night
nachmittag abend nacht
après-midi soir nuit
tarde noche
pomeriggio sera notte
tarde noite
дня днем днём вечер ноч
مساء ظهر ليل
शाम रात दोपहर
บ่าย เย็น ค่ำ ทุ่ม คืน
akşam öğle gece
middag avond nacht
sore malam siang
chiều tối đêm
下午 午后 晚 夜 傍
午後 夕 夜
오후 저녁 밤
""".split()
)
