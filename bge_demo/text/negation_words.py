"""What denies and what only looks like it, and small words that tell languages apart: 16 languages. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NegationRules:
    """`found` are patterns of denials; what `exempt` matches looks like one and is none.

    `spaced` patterns match whole words only.
    """

    found: str
    exempt: str = ""
    spaced: bool = True


RULES = {
    "en": NegationRules(
        r"not|no|never|none|nobody|nothing|nowhere|neither|nor|cannot|without|unable|[a-z]+n't|dont|cant|wont"
        r"|doesnt|isnt|forbidden|prohibited|banned|forgot|forget|forgets|forgotten|[a-z]+-free|non-[a-z]+|hardly|barely",
        r"not (?:only|just|exceed\w*)|no (?:later|more|less|fewer|longer|earlier) than|no matter|no doubt|whether or not|if not|nothing but",
    ),
    "de": NegationRules(
        r"nicht|kein(?:e[rmns]?)?|nie|niemals|niemand(?:e[mn])?|nichts|nirgends|nirgendwo|weder|ohne|verboten"
        r"|untersagt|unmöglich|keinesfalls|keineswegs|nein|vergessen|vergaß",
        r"nicht nur|nicht (?:später|mehr|weniger|länger) als|nicht zuletzt|nicht über|ob oder nicht",
    ),
    "fr": NegationRules(
        r"(?:ne|n'\p{L}+) (?:\p{L}+[ '-]){0,5}?(?:pas|plus|jamais|rien|personne|aucune?|guère|ni)"
        r"|n'\p{L}+ (?:pas|plus|jamais|rien|personne|aucune?)|pas|sans|aucune?|jamais|ni|non|rien|nulle? part"
        r"|interdite?s?|défense de|impossible|oubli\p{L}+",
        r"non seulement|pas (?:plus|moins) de|pas plus tard|sans doute|ne \p{L}+ que|n'\p{L}+ que",
    ),
    "es": NegationRules(
        r"no|nunca|jamás|sin|ningún|ningun[oa]s?|nadie|nada|ni|tampoco|prohibid[oa]s?|prohíbe|imposible|olvid\p{L}+",
        r"no sol[oa]|no sólo|no solamente|no más (?:de|tarde)|no menos de|no super\p{L}+|no exced\p{L}+|sin duda|sin embargo|no obstante",
    ),
    "it": NegationRules(
        r"non|no|mai|senza|nessun[oa]?|nessun'\p{L}+|nulla|niente|né|vietat[oaie]|proibit[oaie]|impossibile|dimentic\p{L}+",
        r"non solo|non (?:più|meno|oltre) (?:di|tardi)?|senza dubbio|non super\p{L}+|non appena",
    ),
    "pt": NegationRules(
        r"não|nunca|jamais|sem|nenhum|nenhuma|ninguém|nada|nem|proibid[oa]s?|proíbe|impossível|esquec\p{L}+",
        r"não (?:só|apenas|somente)|não mais (?:de|que|tarde)|não menos|não ultrapass\p{L}+|não exced\p{L}+|sem dúvida",
    ),
    "ru": NegationRules(
        r"не|нет|ни|нельзя|никогда|никто|никого|ничто|ничего|нигде|без|запрещен[оаы]?|запрещён|запрещается"
        r"|невозможн\p{L}+|недопустим\p{L}+|отсутству[ею]т|забы\p{L}+",
        r"не только|не (?:менее|более|позднее|позже|больше|меньше) |не превыша\p{L}+|несмотря|не раз",
    ),
    "ar": NegationRules(
        r"[وف]?(?:لا|لم|لن|ليس|ليست|لست|ليسوا|غير|بدون|دون|بلا|عدم|ممنوع|ممنوعة|يمنع|تمنع|يحظر|محظور|محظورة|كلا|نسي\p{L}*|نسيت)",
        r"لا (?:يتجاوز|تتجاوز|يتعدى|تتعدى|سيما|بد|يزال|تزال|يزالون|غير)|ليس فقط|لا يقل عن|لا يزيد عن",
    ),
    "hi": NegationRules(r"नहीं|मत|न|ना|बिना|वर्जित|निषिद्ध|मना|निषेध|असंभव|भूल", r"न केवल|न सिर्फ|नहीं तो|बहुमत"),
    "vi": NegationRules(
        r"không|chưa|chẳng|chả|đừng|cấm|chớ|ko|quên",
        r"không (?:quá|khí|gian|quân|những|chỉ)|hàng không|có không|hay không|không ?\?|không ?$|chưa ?\?|chưa ?$",
    ),
    "tr": NegationRules(
        r"değil\p{L}*|yok|yoktur|hayır|asla|hiçbir|hiç|unut\p{L}+|yasak\p{L}*|imkansız|imkânsız|olmaksızın"
        r"|\p{L}{2,}s[ıiuü]z(?:ca|ce|l[ıi]k)?"
        r"|\p{L}+m(?:[ae]z(?:l[ae]r|s[ıi]n(?:[ıi]z)?)?|[ae]d[ıi]\p{L}{0,4}|[ıiuü]yor\p{L}{0,5}|[ae]y[ae]ca\p{L}+"
        r"|[ae]y[ae]ce\p{L}+|[ae]y[ıi]n(?:[ıi]z)?|[ae]d[ae]n|[ae]m[ıi]ş\p{L}*|[ae]m[ae]l[ıi]\p{L}*|[ae]y[ae]n)",
        r"yok (?:e[td]|ol)\p{L}*|\p{L}+m[ae]d[ae]n (?:önce|sonra)|\p{L}*(?:aşmayan|geçmeyen)|namaz|siz|ücretsiz|hırsız|sayısız|deniz|temiz|henüz|yalnız|en az|zaman\p{L}*|olmazsa olmaz|değil mi",
    ),
    "id": NegationRules(
        r"tidak|tak|bukan|tanpa|jangan|belum|dilarang|enggak|nggak|gak|ga|mustahil|terlarang|lupa",
        r"tidak (?:hanya|saja)|bukan (?:hanya|saja)|tidak (?:lebih dari|melebihi)|tidak kurang dari",
    ),
    "nl": NegationRules(
        r"niet|geen|nooit|niemand|niets|nergens|zonder|noch|verboden|onmogelijk|vergeten",
        r"niet alleen|niet (?:meer|minder|later|langer) dan",
    ),
    "pl": NegationRules(
        r"nie|nigdy|nikt|nic|bez|brak|ani|żaden|żadn\p{L}+|zabroni\p{L}+|zakaz\p{L}*|niemożliw\p{L}+|zapomnia\p{L}+",
        r"nie tylko|nie (?:więcej|mniej|później|dłużej) niż",
    ),
    "zh": NegationRules(
        r"不|没|沒|无|無|非|未|勿|别|別|禁|免谈|谢绝|忘",
        r"(\p{Han})[不没沒]\1|不同(?!意|步|时|時|行)|不[断斷](?![电電开開网網货貨])|不仅|不僅|不但|不[过過](?![期敏滤濾关關])|不久|不管(?![理用制])|不论|不論|不少|不[错錯](?![过過])|不只|不光(?![滑亮彩])|不必说"
        r"|不得不|不可不|不超过|不超過|不少于|不少於|不低于|不高于|不晚于|不锈钢|不鏽鋼|不客气|不好意思|对不起|了不起"
        r"|没关系|沒關係|是不是|有没有|有沒有|非常|除非|非洲|南非|并非不|是非|无论|無論|无线|無線|无人机|无疑|無疑|无非"
        r"|未来|未來|未必不|特别|特別|区别|區別|个别|個別|分别|分別|类别|類別|级别|級別|性别|性別|识别|識別|告别|告別|差别"
        r"|差別|辨别|鉴别|别人|別人|别的|別的|别墅|別墅|别名|别致|别处|派别|国别|不一会儿|不[时時](?![髦])|迫不及待|不由得|不禁(?![止用毒烟煙])",
        spaced=False,
    ),
    "ja": NegationRules(
        r"ません|ないで|ない|なかっ|なく|なし|無し|ずに|せず|不|無|非|未|禁|厳禁|忘れ|思い出せ|ぬ(?=。|$)",
        r"(?:なければ|なくては|なくちゃ|ないと|なければ)(?:なら|いけ|だめ)(?:ない|ません)(?:でした)?|なければなりません"
        r"|かもしれ(?:ない|ません)|に違いな[いく]|間違いな[いく]|すみません|申し訳(?:ありません|ございません|ない)|ませんか"
        r"|じゃないか|ではないか|だけでなく|のみならず|ばかりでなく|少なく|少ない|危ない|危なく|もったいない|しかない|さりげない"
        r"|なくす|なくし|なくなっ|非常|無料|無線|無事|未来|未満|無数|仕方ない|否応なく|間もなく|まもなく|超えない|とんでもない",
        spaced=False,
    ),
    "ko": NegationRules(
        r"않|없|못|아니|아닙|아닌|(?<![가-힣])안(?= )|지 ?마|지 ?말|말아|말것|말 것|불가|금지|금연|미포함|미지원|미사용"
        r"|미설치|미제공|미완료|미해당|비공개|비활성|비회원|불허|엄금|잊",
        r"뿐만? ?아니라|틀림없|끊임없|아니면|지 ?않으면 ?안|없으면 ?안|어쩔 ?수 ?없이|못지않|넘지 ?않|초과하지 ?않|연못|방 안 |집 안 |아니었다면",
        spaced=False,
    ),
    "th": NegationRules(
        r"ไม่|อย่า|ห้าม|ปราศจาก|ไร้|มิได้|มิใช่|ลืม",
        r"หรือไม่|ไม่เพียง|ไม่กี่|ไม่ใช่แค่|ไม่น้อยกว่า|ไม่เกิน|อย่าง|ไม่ใช่เพียง|ใช่ไม่ไหม",
        spaced=False,
    ),
}

# Frequent small words tell the languages of the Latin script apart; some of the negations vote too.
HINTS = {
    "en": "the and is are of to in for with you this that be it on at was will can from by has have your we a an not i my me he she they our us them if or how do does did which when where what who there been would should could may must more than out up into about its his her t s re ve ll don isn am were but all any some one",
    "de": "der die das und ist nicht ein eine für mit auf den dem zu sie wir ich im wird sind bei von am kein keine wenn wie was wer wo oder aber auch noch nur sein seine ihr ihre uns mir mich dich man hat haben war wurde werden kann können muss bitte nach vor über unter zum zur des einen einem einer sich so als mehr",
    "fr": "le la les des et est un une pour avec dans du au ce cette vous nous je sur pas que qui à il elle ne sont comment si j l d qu c n s m t ai as a avez avons suis est-ce où ou mais aussi par vos votre nos notre leur leurs ils elles on y en être fait peut peuvent doit plus moins ses son sa mon ma mes cet ces aux",
    "es": "el la los las y es un una para con en del por que se no su este esta está al lo son como nunca cómo si o pero también he ha han hay mi mis tu tus sus le les me nos ya muy más menos puede pueden debe donde dónde cuando estos estas ese esa fue ser desde hasta sobre entre",
    "it": "il lo la gli i e è un una per con in del della che non di si questo questa nel al sono alla delle come se ho ha hai hanno mi ti ci vi li ne anche ma o più meno dove quando quella quello quelle quelli suo sua suoi nostro nostra dal dalla dai nella nei sui sulla allo degli c l d po può possono deve essere stato",
    "pt": "o a os as e é um uma para com em do da no na que não se por está ao são dos das pela pelo como mas ou também eu meu minha seu sua seus suas nos nas num numa dele dela isso este esta esse essa mais menos pode podem deve ser foi onde quando até entre sobre aos às já lhe",
    "vi": "là của và có không được cho này những trong với các một đã sẽ chúng tôi bạn khi ở phải thì mà nếu hay hoặc anh chị em nó họ rất cũng đang đến từ ra vào lên xuống bị bởi vì nên hơn nhất nào gì ai",
    "tr": "ve bir bu için ile değil çok da de ne var yok gibi daha olarak kadar her olan sonra ben sen biz siz onlar mi mı mu mü ama veya ya eğer nasıl neden hangi şu o en az fazla önce göre kendi tüm bütün ki",
    "nl": "de het een en is van voor met op niet dat die in te aan zijn wordt u uw na geen om bij naar vanaf ik je jij hij zij we wij ze mijn jouw hun ons als hoe wat wie waar of maar ook nog heeft hebben was werd worden kan kunnen moet over onder uit tot dit deze meer minder dan er",
    "pl": "nie i w na z do się jest to że od po za dla można jak ze przez o nad są ja ty on ona my wy oni mój moja jeśli jeżeli lub ale też tylko ma mają był była było być może mogą który która które tym tego ten ta te przed pod przy u więcej bardzo",
    "id": "yang dan di ini itu untuk dengan tidak dari pada adalah akan bisa ke anda kami saya dalam oleh dapat jika kalau atau tetapi juga sudah telah sedang mereka kita dia ia nya saat ketika lebih harus ada bukan apa siapa bagaimana mana tersebut agar",
}
