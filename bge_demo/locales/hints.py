"""What a visitor should know about a text before trusting its scores."""

from bge_demo.locales.text import Text

TEXTS = {
    "hint.no_sign": Text(
        "{field}: no sign of it can be read, so its scores mean nothing and get no band.",
        "{field}：没有可读的字符，分数没有意义，不给出分档。",
    ),
    "hint.unreadable": Text(
        "{field}: the model cannot read {n} of the {all} signs, its vocabulary lacks them. The scores say nothing about this text, so there is no band.",
        "{field}：{all} 个字符中有 {n} 个不在模型词表中，无法读取。分数不能说明该文本，因此不给出分档。",
    ),
    "hint.some_unreadable": Text(
        "{field}: the model cannot read {n} of the {all} signs, its vocabulary lacks them.",
        "{field}：{all} 个字符中有 {n} 个不在模型词表中，模型无法读取。",
    ),
    "hint.punctuation_only": Text(
        "{field}: punctuation alone; its scores mean little.", "{field}：只有标点，分数参考意义不大。"
    ),
    "hint.tiny": Text(
        "{field}: too short to carry meaning; scores of such texts are high by themselves.",
        "{field}：太短，几乎不含意义；这类文本的分数本来就偏高。",
    ),
    "hint.prefix": Text(
        "{field}: it begins with {prefix!r}. BGE-M3 takes no instruction and no prefix; it reads these words as part of the text.",
        "{field}：以 {prefix!r} 开头。BGE-M3 不需要指令或前缀，会把这些词当作正文。",
    ),
    "hint.markup": Text(
        "{field}: markup makes up {percent} % of the tokens and weighs in every score. Compare it without the markup too.",
        "{field}：标记符号占词元的 {percent} %，会影响所有分数。建议去掉标记后再比较一次。",
    ),
}
