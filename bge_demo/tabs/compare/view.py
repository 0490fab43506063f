"""A comparison of two texts as a self-contained piece of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from secrets import token_hex

from bge_demo.locales import Phrase
from bge_demo.scores.alignment import Alignment, Direction, TokenHeatmap, best_links
from bge_demo.scores.keywords import Keyword
from bge_demo.scores.leaving_out import LeavingOut, LeftOutPart
from bge_demo.scores.scoring import RELATED_FROM, WEAKLY_RELATED_FROM, WEIGHT_PRESETS, band
from bge_demo.scores.shared_words import SharedWord
from bge_demo.tabs.compare.analysis import ComparedText, Comparison
from bge_demo.text.common import has_words_reordered, shared_start
from bge_demo.text.differences import CONTENT, Kind
from bge_demo.text.tokens import readable_piece
from bge_demo.ui.rendering import as_json, compact_json, printed_parts, render, score, share
from bge_demo.ui.share_card import ShareCard
from bge_demo.ui.text_runs import BAND_DOTS, TextRun, shade, text_runs

SHARED_SHOWN = 12
DIFFERENCES_SHOWN = 4
# A shared beginning is looked for in so much of each text.
START_CHARS = 500
TOKENS_SHOWN = 200
LARGEST_SHOWN = 6
# More links than this are a thicket; texts with more words than this are shaded only.
LINKS_DRAWN = 24
WORDS_LINKED = 80


@dataclass(frozen=True)
class HeadBar:
    """One head: its score as printed, a bar in percent of what it can reach, and a sentence."""

    name: str
    printed: str
    width: float
    key: str
    values: dict[str, object]


def comparison_html(comparison: Comparison) -> str:
    """The verdict, the linked words, the three heads, and folds with every number; a JSON download inside."""
    a, b = comparison.texts
    percentile = _percentile(comparison)
    heaviest = max([keyword.weight for text in comparison.texts for keyword in text.keywords], default=1.0)
    return render(
        "tabs/compare/result.html",
        c=comparison,
        # Tells the page's script that this is another answer, be it equal.
        run=token_hex(4),
        dots=BAND_DOTS[comparison.band] if comparison.band else "",
        percentile=percentile,
        blind_spot=_blind_spot(comparison),
        sides=[
            _side("A", a, comparison.alignment.a_to_b, heaviest),
            _side("B", b, comparison.alignment.b_to_a, heaviest),
        ],
        links=_links_json(comparison.alignment),
        story=_story(comparison),
        heads=_heads(comparison),
        scores=comparison.scores.to_json(comparison.weights),
        weights_total=_number(comparison.weights.total),
        number=_number,
        presets=[
            (name, score(comparison.scores.hybrid(weights))) for name, weights in WEIGHT_PRESETS.items()
        ],
        shared=_shared_rows(comparison.shared_words, comparison.scores.sparse),
        heatmap=_heatmap_json(comparison.alignment.heatmap),
        json=as_json(comparison.to_json()),
        card=_card(comparison, percentile).to_json(),
    )


def left_out_html(left_out: LeavingOut) -> str:
    """Both texts, each part shaded by what it carries, and the parts that carry most with their numbers."""
    strongest = max((abs(part.carries) for side in left_out.parts for part in side), default=0.0) or 1.0
    return render(
        "tabs/compare/left_out.html",
        unit=left_out.unit,
        similarity=left_out.similarity,
        sides=[
            {
                "name": name,
                "runs": _left_out_runs(text, parts, strongest),
                "largest": sorted(parts, key=lambda part: -abs(part.carries))[:LARGEST_SHOWN],
            }
            for name, text, parts in zip("AB", left_out.texts, left_out.parts, strict=True)
        ],
    )


def _percentile(comparison: Comparison) -> Phrase | None:
    """How the pair compares with unrelated ones; None where the model cannot read one of the texts."""
    if comparison.percentile is None:
        return None
    if comparison.percentile == 100:
        return Phrase("verdict.above_all", n=f"{comparison.n_background:,}".replace(",", "\u202f"))
    return Phrase("verdict.percentile", percentile=share(comparison.percentile))


def _card(comparison: Comparison, percentile: Phrase | None) -> ShareCard:
    words_a, words_b = comparison.alignment.a_to_b.words, comparison.alignment.b_to_a.words
    return ShareCard(
        file="bge-m3-compare",
        headline=f"{comparison.similarity_percent:.2f} %",
        percent=comparison.similarity_percent,
        band=comparison.band,
        sentence=percentile,
        texts=[
            (Phrase("keywords.of", name=name), text.tokenized.text)
            for name, text in zip("AB", comparison.texts, strict=True)
        ],
        links=[
            (words_a[link.a].text, words_b[link.b].text, link.similarity)
            for link in best_links(comparison.alignment)
        ],
        model=comparison.model,
    )


def _left_out_runs(text: str, parts: Sequence[LeftOutPart], strongest: float) -> list[TextRun]:
    runs = []
    for run, number in text_runs(text, [(part.start, part.end) for part in parts]):
        carries = 0.0 if number is None else parts[number].carries
        runs.append(TextRun(run, number, round(abs(carries) / strongest, 2), weight=carries))
    return runs


def _story(comparison: Comparison) -> str | None:
    """The key of the one sentence worth telling about this pair, if there is one."""
    shared = _visible(comparison.shared_words)
    has_word = any(word.is_same_word for word in shared)
    is_alike = comparison.similarity_percent >= RELATED_FROM
    if is_alike and not has_word:
        if shared:
            return "story.pieces_but_alike"
        return "story.no_token_but_alike" if _words_of_both(comparison) else "story.no_word_but_alike"
    return "story.words_but_not_alike" if has_word and not is_alike else None


def _blind_spot(comparison: Comparison) -> Phrase | None:
    """What two similar texts differ in that the scores hardly see: negation, figures, dates, the order of
    words, or mere form; or that they have their beginning in common."""
    found = comparison.differences
    text_a, text_b = (text.tokenized.text for text in comparison.texts)
    if comparison.similarity_percent < WEAKLY_RELATED_FROM:
        return None
    flagged = [[one.text for one in side if one.kind in CONTENT] for side in (found.only_a, found.only_b)]
    if not any(flagged) and has_words_reordered(text_a, text_b):
        return Phrase("blind.order")
    if not found.kinds:
        start = shared_start(text_a[:START_CHARS], text_b[:START_CHARS])
        return Phrase("blind.frame", start=start) if start else None
    if not any(flagged):
        return Phrase("blind.form", kinds=_said_kinds(found.kinds))
    only_a, only_b = (" · ".join(dict.fromkeys(texts[:DIFFERENCES_SHOWN])) for texts in flagged)
    if only_a and only_b:
        where = Phrase("blind.both", only_a=only_a, only_b=only_b)
    else:
        where = Phrase("blind.only_a", only=only_a) if only_a else Phrase("blind.only_b", only=only_b)
    # What is said of the score has to fit the score: below "related" it stands for itself.
    scored = band(comparison.similarity_percent)
    return Phrase(f"blind.{scored}", where=where) if scored in ("near-identical", "related") else where


def _said_kinds(kinds: Sequence[Kind]) -> Phrase:
    """Up to three kinds as one phrase, each said in the reader's language."""
    said: Phrase = Phrase(f"form.{kinds[0]}")
    for kind in kinds[1:3]:
        said = Phrase("blind.and", first=said, second=Phrase(f"form.{kind}"))
    return said


def _heads(comparison: Comparison) -> list[HeadBar]:
    scores, largest = comparison.scores, comparison.reachable.sparse
    sparse = _sparse_sentence(comparison, f"{largest:.2f}")
    return [
        HeadBar("dense", f"{scores.dense:.2f}", _width(scores.dense), "heads.dense", {}),
        HeadBar("sparse", f"{scores.sparse:.2f}", _width(scores.sparse / (largest or 1.0)), *sparse),
        HeadBar(
            "colbert",
            f"{scores.colbert:.2f}",
            _width(scores.colbert),
            "heads.colbert",
            {"reverse": f"{scores.colbert_reverse:.2f}"},
        ),
    ]


def _sparse_sentence(comparison: Comparison, largest: str) -> tuple[str, dict[str, object]]:
    """Key and values: whole words in common, or else pieces of different words, which score as well."""
    shared = _visible(comparison.shared_words)
    if n_words := sum(word.is_same_word for word in shared):
        return "heads.sparse", {"n": n_words, "largest": largest}
    if shared:
        return "heads.sparse_pieces", {"n": _n_pieces(shared), "largest": largest}
    if word := next((word.word for word in _words_of_both(comparison) if word.weight > 0), ""):
        return "heads.sparse_other_tokens", {"word": word, "largest": largest}
    return "heads.sparse_none", {"largest": largest}


def _words_of_both(comparison: Comparison) -> list[Keyword]:
    """Words of A that stand in B too, each with the smaller of its weights. Where no token is shared, one
    that weighs in both is one token here and another there."""
    of_b = {word.word.casefold(): word.weight for word in comparison.texts[1].words}
    return [
        replace(word, weight=min(word.weight, of_b[word.word.casefold()]))
        for word in comparison.texts[0].words
        if word.word.casefold() in of_b and any(map(str.isalnum, word.word))
    ]


def _visible(shared: Sequence[SharedWord]) -> list[SharedWord]:
    return [word for word in shared if word.is_visible]


def _n_pieces(shared: Sequence[SharedWord]) -> int:
    return sum(len(word.pieces) for word in shared)


def _width(share: float) -> float:
    return round(100 * min(1.0, max(0.0, share)), 1)


def _side(name: str, text: ComparedText, direction: Direction, heaviest: float) -> dict[str, object]:
    words = direction.words
    parts = printed_parts([*(word.contribution for word in words), direction.outside_words], direction.score)
    return {
        "name": name,
        "text": text,
        "aligned": _aligned_runs(text, direction, parts, heaviest),
        "words_sum": score(sum(float(part) for part in parts[:-1])),
        "outside": parts[-1],
        "score": score(direction.score),
        "bars": [(k.word, score(k.weight), round(100 * k.weight / heaviest, 1)) for k in text.keywords],
        "tokens": [(token.token, score(token.weight)) for token in text.tokens[:TOKENS_SHOWN]],
    }


def _aligned_runs(
    text: ComparedText, direction: Direction, parts: Sequence[str], heaviest: float
) -> list[TextRun]:
    runs = []
    for run, number in text_runs(text.tokenized.text, [(word.start, word.end) for word in direction.words]):
        if number is None:
            runs.append(TextRun(run))
            continue
        matches = direction.words[number].matches
        found = " ".join(f"{match.word}:{match.similarity:.2f}" for match in matches)
        best = matches[0].similarity if matches else 0.0
        weight = _underline(text.words[number], heaviest)
        runs.append(TextRun(run, number, shade(best), found, parts[number], weight))
    return runs


def _underline(word: Keyword, heaviest: float) -> float:
    return round(min(1.0, word.weight / heaviest), 2)


def _links_json(alignment: Alignment) -> str:
    """[[word of A, word of B, similarity in percent], ...], strongest first; none for long texts."""
    if max(len(alignment.a_to_b.words), len(alignment.b_to_a.words)) > WORDS_LINKED:
        return "[]"
    links = best_links(alignment)[:LINKS_DRAWN]
    return compact_json([[link.a, link.b, round(100 * link.similarity)] for link in links])


def _shared_rows(shared: Sequence[SharedWord], total: float) -> dict[str, object]:
    """The first shared words and the rest as one sum; the printed parts add up to the printed score."""
    shown, rest = shared[:SHARED_SHOWN], shared[SHARED_SHOWN:]
    parts = [word.contribution for word in shown]
    if rest:
        parts.append(sum(word.contribution for word in rest))
    printed = printed_parts(parts, total)
    visible = _visible(shared)
    n_words = sum(word.is_same_word for word in visible)
    only_pieces = bool(visible) and not n_words
    return {
        "title": Phrase("shared.only_pieces", n=_n_pieces(visible))
        if only_pieces
        else Phrase("shared.whole", n=n_words),
        "rows": [
            {"word": word, "pieces": [readable_piece(piece) for piece in word.pieces], "printed": part}
            for word, part in zip(shown, printed, strict=False)
        ],
        "n_rest": len(rest),
        "rest": printed[-1] if rest else "",
        "total": score(total),
    }


def _heatmap_json(heatmap: TokenHeatmap) -> str:
    return compact_json(
        {
            "rows": heatmap.row_labels,
            "columns": heatmap.column_labels,
            "rowRanks": heatmap.row_ranks,
            "columnRanks": heatmap.column_ranks,
            "allRows": heatmap.n_rows_all,
            "allColumns": heatmap.n_columns_all,
            "percent": (100 * heatmap.similarities).round().astype(int).tolist(),
        }
    )


def _number(value: float) -> str:
    return f"{value:.4g}"
