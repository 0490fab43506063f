"""What the analyses accept, checked in one place for the page and for programs alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from bge_demo.embeddings import Encoder
from bge_demo.errors import InputError
from bge_demo.locales import Phrase
from bge_demo.ranking import PIPELINES, Method, Pipeline, Stage
from bge_demo.scoring import DEFAULT_WEIGHTS, WEIGHT_PRESETS, ScoreWeights
from bge_demo.settings import Limits
from bge_demo.tokens import TokenizedText, without_surrogates

DEFAULT_LIMITS = Limits()
# No word or number without end: an index takes none, and a sentence quotes them.
_STAGE = re.compile(r"(\w{1,20})\s+(-?\d{1,6})")
WeightsChoice = str | Sequence[float] | ScoreWeights


def checked_text(text: object, field: Phrase, limits: Limits) -> str:
    """A text of 1 to `limits.text_chars` characters. Raises InputError naming the field and the number."""
    if not isinstance(text, str):
        raise InputError("input.not_text", field=field)
    if not text.strip():
        raise InputError("input.blank", field=field)
    if len(text) > limits.text_chars:
        raise InputError("input.too_long", field=field, n_chars=len(text), limit=limits.text_chars)
    return without_surrogates(text)


def checked_texts(texts: object, limits: Limits) -> list[str]:
    """A list of 1 to `limits.table_rows` texts, each within the limits. Raises InputError naming the row."""
    if not isinstance(texts, Sequence) or isinstance(texts, str):
        raise InputError("input.not_list")
    if not texts:
        raise InputError("input.no_rows")
    if len(texts) > limits.table_rows:
        raise InputError("input.too_many_rows", n_rows=len(texts), limit=limits.table_rows)
    return [
        checked_text(text, Phrase("field.row", row=row), limits) for row, text in enumerate(texts, start=1)
    ]


def tokenize_within_limits(encoder: Encoder, texts: Sequence[str], limits: Limits) -> list[TokenizedText]:
    """The tokens each text will be read as. Raises InputError when all together are too many for one
    request."""
    tokenized = encoder.tokenize(texts, limits.max_tokens)
    n_tokens = sum(text.n_tokens for text in tokenized)
    if n_tokens > limits.request_tokens:
        raise InputError("input.too_many_tokens", n_tokens=n_tokens, limit=limits.request_tokens)
    return tokenized


def checked_weights(weights: WeightsChoice) -> ScoreWeights:
    """A preset's name, three numbers, or the three as `0.4/0.2/0.4`. Raises InputError listing the
    presets."""
    if isinstance(weights, ScoreWeights):
        return weights
    if isinstance(weights, str) and weights in WEIGHT_PRESETS:
        return WEIGHT_PRESETS[weights]
    values = weights.split("/") if isinstance(weights, str) else weights
    if (
        isinstance(values, Sequence)
        and len(values) == 3
        and not any(isinstance(value, bool) for value in values)
    ):
        try:
            return ScoreWeights(*(float(value) for value in values))
        except (ValueError, TypeError, OverflowError):
            pass  # Not numbers: told below, with the presets.
    shown = without_surrogates(str(weights)[:80])
    raise InputError("input.weights_unknown", value=shown, presets=", ".join(WEIGHT_PRESETS))


def checked_pipeline(choice: str | Pipeline) -> Pipeline:
    """A preset's name, or stages such as `rrf 100 > dense 50 > hybrid 10 | 0.4/0.2/0.4`: how each ranks and
    how many it lets through, then the weights if they matter. Raises InputError listing the presets."""
    if isinstance(choice, Pipeline):
        return choice
    if isinstance(choice, str) and choice in PIPELINES:
        return PIPELINES[choice]
    stages, _, weights = str(choice).partition("|")
    try:
        parsed = tuple(_stage(stage) for stage in stages.split(">"))
    except ValueError:
        shown = without_surrogates(str(choice)[:80])
        raise InputError("pipeline.unknown", value=shown, presets=", ".join(PIPELINES)) from None
    return Pipeline(parsed, checked_weights(weights.strip() or DEFAULT_WEIGHTS))


def _stage(text: str) -> Stage:
    match = _STAGE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return Stage(cast("Method", match[1]), int(match[2]))
