"""What the student is punished for. Tensors in, named losses out; knows no files and no schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from tools.compact_model.batch import Batch
from tools.compact_model.student import Student
from tools.compact_model.texts import Texts

# The mean of the teachers' cosines -> the similarity to show. The teachers give free paraphrases 0.45 to
# 0.65, and 99 of 100 unrelated texts less than 0.38; a reader of the bands expects 0.8 and next to nothing.
# No ranking changes.
CALIBRATION = (
    (-1, -0.1),
    (0, 0),
    (0.1, 0.03),
    (0.2, 0.08),
    (0.3, 0.2),
    (0.37, 0.34),
    (0.45, 0.6),
    (0.52, 0.8),
    (0.6, 0.88),
    (0.75, 0.95),
    (1, 1),
)
# Pairs above this are taken for paraphrases: no negatives for each other.
SAME_MEANING = 0.7
# The least that is asked of people's questions and their passages.
ANSWER_HEIGHT = 0.74
DENSE_TEMPERATURE = 0.05
TOKEN_TEMPERATURE = 0.06
COLBERT_TEMPERATURE = 0.04
SPARSE_TEMPERATURE = 0.05
# Any two texts share some tokens, so ColBERT's floor lies above 0.
COLBERT_FLOOR, COLBERT_SPAN = 0.2, 0.74
# Two words of one text may be this alike; beyond it they say what the text says, not what they mean.
ALIKE_WORDS = 0.35
COLBERT_PAIRS = 40
# Every token of a pair meets every token of the other side: the cost grows with the square.
COLBERT_TOKENS = 40
# Weights in the sum.
WEIGHTS = {
    "teacher": 1.0,
    "similarity": 20.0,
    "translation": 0.3,
    "translation_score": 4.0,
    "question": 0.5,
    "question_score": 8.0,
    "sts": 0.6,
    "token": 0.25,
    "colbert": 0.15,
    "colbert_score": 6.0,
    "colbert_question": 0.15,
    "apart": 2.0,
    "lexical": 20.0,
    "lexical_question": 0.1,
}
_OUT = -1e4

Losses = dict[str, Tensor]


@dataclass(frozen=True)
class Sides:
    """Where the two sides of each kind of pair stand in a batch; people's questions come before excerpts."""

    pairs: int
    questions: int
    asked: int
    scored: int

    @classmethod
    def of(cls, batch: Batch) -> Sides:
        """The counts of the batch."""
        mix = batch.mix
        return cls(mix.pairs, mix.questions, mix.questions + mix.excerpts, mix.scored)

    def translations(self) -> tuple[slice, slice]:
        """Left and right sides of the translation pairs."""
        return slice(0, self.pairs), slice(self.pairs, 2 * self.pairs)

    def answered(self) -> tuple[slice, slice]:
        """Questions and passages, excerpts among them."""
        return self._sides(2 * self.pairs, self.asked)

    def rated(self) -> tuple[slice, slice]:
        """Both sides of the pairs that people scored."""
        return self._sides(2 * (self.pairs + self.asked), self.scored)

    def _sides(self, start: int, n: int) -> tuple[slice, slice]:
        return slice(start, start + n), slice(start + n, start + 2 * n)


def total(losses: Losses, weights: Mapping[str, float] = WEIGHTS) -> Tensor:
    """The weighted sum."""
    return torch.stack([weights[name] * loss for name, loss in losses.items()]).sum()


def calibrated(cosine: Tensor) -> Tensor:
    """The similarity to show for a cosine of the teacher, by linear interpolation.

    >>> calibrated(torch.tensor([0.0, 0.55, 1.0])).tolist()[1] > 0.8
    True
    """
    x, y = torch.tensor(CALIBRATION, dtype=cosine.dtype).T.contiguous()
    at = torch.bucketize(cosine.detach().contiguous(), x).clamp(1, len(x) - 1)
    return y[at - 1] + (cosine - x[at - 1]) * (y[at] - y[at - 1]) / (x[at] - x[at - 1])


def dense_losses(student: Student, dense: Tensor, batch: Batch) -> Losses:
    """Losses of the dense vectors, (n_texts, hidden)."""
    known = batch.targets.norm(dim=1) > 0.5
    mapped = functional.normalize(student.to_teacher(dense[known]), dim=-1)
    wanted = wanted_heights(batch)
    found = dense @ dense.T
    losses = {
        "teacher": (1 - (mapped * batch.targets[known]).sum(-1)).mean(),
        "similarity": _similarity_loss(found[known][:, known], wanted[known][:, known]),
    }
    sides = Sides.of(batch)
    if sides.pairs > 1:
        a, b = sides.translations()
        losses["translation"] = _contrast(found[a, b], wanted[a, b], DENSE_TEMPERATURE)
        losses["translation_score"] = (1 - found[a, b].diagonal()).square().mean()
    if sides.asked > 1:
        a, b = sides.answered()
        losses["question"] = _contrast(found[a, b], wanted[b, b], DENSE_TEMPERATURE)
    if sides.questions:
        questions, passages = _peoples_questions(sides)
        missing = functional.relu(ANSWER_HEIGHT - found[questions, passages])
        losses["question_score"] = missing.square().mean()
    if sides.scored:
        a, b = sides.rated()
        losses["sts"] = _disagreement(found[a, b].diagonal(), batch.scores)
    return losses


def wanted_heights(batch: Batch) -> Tensor:
    """(n_texts, n_texts): the teachers' calibrated cosine, for people's questions and passages
    ANSWER_HEIGHT at least.
    """
    wanted = calibrated(batch.targets @ batch.targets.T)
    sides = Sides.of(batch)
    questions, passages = _peoples_questions(sides)
    height = wanted[questions, passages].clamp(min=ANSWER_HEIGHT)
    wanted[questions, passages] = wanted[passages, questions] = height
    return wanted


def _peoples_questions(sides: Sides) -> tuple[Tensor, Tensor]:
    """Where the questions that people wrote stand, and where their passages."""
    questions, passages = (torch.arange(x.start, x.start + sides.questions) for x in sides.answered())
    return questions, passages


def token_losses(student: Student, hidden: Tensor, batch: Batch) -> Losses:
    """Losses of the ColBERT rows and the lexical weights, from (n_tokens, hidden)."""
    weights = functional.relu(student.sparse(hidden)).squeeze(-1)
    real = batch.weights >= 0
    losses = {"lexical": (weights - batch.weights)[real].square().mean()}
    rows = functional.normalize(student.colbert(hidden), dim=-1)
    losses |= _colbert_losses(rows, batch)
    if Sides.of(batch).asked > 1:
        losses["colbert_question"] = _colbert_contrast(rows, batch)
        losses["lexical_question"] = _lexical_contrast(weights, batch)
    return losses


def _similarity_loss(found: Tensor, wanted: Tensor) -> Tensor:
    """Squared error of every pair of the batch; the few that mean the same count more."""
    weight = (1 + 8 * wanted.clamp(min=0)).fill_diagonal_(0)
    return ((found - wanted).square() * weight).sum() / weight.sum()


def _contrast(found: Tensor, wanted: Tensor, temperature: float) -> Tensor:
    """(n, n): each left side must prefer its own right side to all others, and the other way round.

    Others that `wanted` holds to mean the same do not count.
    """
    own = torch.eye(len(found), dtype=torch.bool)
    logits = (found / temperature).masked_fill((wanted > SAME_MEANING) & ~own, _OUT)
    answer = torch.arange(len(found))
    return (functional.cross_entropy(logits, answer) + functional.cross_entropy(logits.T, answer)) / 2


def _disagreement(found: Tensor, scores: Tensor) -> Tensor:
    """1 - Pearson's correlation of (n,) similarities with human scores, whatever the height of either.

    People score two captions of like scenes lower than a reader of the bands would: how high is the teachers'
    business.
    """
    a, b = (functional.normalize(x - x.mean(), dim=0) for x in (found, scores))
    return 1 - (a * b).sum()


def _colbert_losses(rows: Tensor, batch: Batch) -> Losses:
    """Late interaction over the translation pairs of a batch."""
    numbers = torch.arange(len(batch.texts.lengths))
    left, right = (numbers[side][:COLBERT_PAIRS] for side in Sides.of(batch).translations())
    if len(left) < 2:
        return {}
    a, a_weight = _token_rows(rows, batch, left)
    b, b_weight = _token_rows(rows, batch, right)
    # Padding's rows are 0, and so are its cosines: next to never the best match.
    cosine = (a.flatten(0, 1) @ b.flatten(0, 1).T).unflatten(1, b.shape[:2]).unflatten(0, a.shape[:2])
    best_in_b = cosine.max(3).values.transpose(1, 2)
    best_in_a = cosine.max(1).values.transpose(0, 1)
    wanted = calibrated(batch.targets[left] @ batch.targets[right].T)
    score = _mean_best(best_in_b, a_weight)
    weight = (1 + 4 * wanted.clamp(min=0)) * (1 + 6 * torch.eye(len(wanted)))
    error = (score - COLBERT_FLOOR - COLBERT_SPAN * wanted.clamp(0, 1)).square()
    return {
        "colbert": _contrast(score, wanted, COLBERT_TEMPERATURE),
        "colbert_score": (error * weight).sum() / weight.sum(),
        "token": (
            _token_contrast(best_in_b, a_weight, wanted) + _token_contrast(best_in_a, b_weight, wanted.T)
        )
        / 2,
        "apart": _alike(a, a_weight) + _alike(b, b_weight),
    }


def _alike(rows: Tensor, weight: Tensor) -> Tensor:
    """(n, longest, hidden) -> how far different tokens of one text exceed ALIKE_WORDS, squared.

    Without it every row comes to stand for its whole text, which also tells a translation from other texts.
    """
    there = (weight >= 0).float()
    pairs = there[:, :, None] * there[:, None, :] * (1 - torch.eye(weight.shape[1]))
    excess = functional.relu(rows @ rows.transpose(1, 2) - ALIKE_WORDS)
    return (excess.square() * pairs).sum() / pairs.sum().clamp(min=1)


def _colbert_contrast(rows: Tensor, batch: Batch) -> Tensor:
    """Question and passage, excerpts among them, by late interaction."""
    numbers = torch.arange(len(batch.texts.lengths))
    asked, answers = (numbers[side] for side in Sides.of(batch).answered())
    a, a_weight = _token_rows(rows, batch, asked)
    b, _ = _token_rows(rows, batch, answers, longest=None)
    best = torch.stack([(a.flatten(0, 1) @ passage.T).amax(1) for passage in b], 1)
    score = _mean_best(best.unflatten(0, a.shape[:2]).transpose(1, 2), a_weight)
    wanted = calibrated(batch.targets[answers] @ batch.targets[answers].T)
    return _contrast(score, wanted, COLBERT_TEMPERATURE)


def _token_rows(
    rows: Tensor, batch: Batch, chosen: Tensor, longest: int | None = COLBERT_TOKENS
) -> tuple[Tensor, Tensor]:
    """(n, longest, hidden) rows without the start mark; (n, longest) lexical weights, -1 for padding."""
    filled = batch.texts.rows_of(torch.cat([rows, rows.new_zeros(1, rows.shape[1])]), chosen, skipped=1)
    weights = torch.cat([batch.weights.clamp(min=0), torch.tensor([-1.0])])
    weights = batch.texts.rows_of(weights, chosen, skipped=1)
    return filled[:, :longest], weights[:, :longest]


def _mean_best(best: Tensor, weight: Tensor) -> Tensor:
    """(n_a, n_b, longest) -> (n_a, n_b): mean MaxSim over the tokens that are there."""
    there = (weight >= 0).float()[:, None, :]
    return (best * there).sum(2) / there.sum(2)


def _token_contrast(best: Tensor, weight: Tensor, wanted: Tensor) -> Tensor:
    """Each content word must find a better match in its translation than in any other text.

    Over many pairs only its own translation always stands there: this is what aligns words across languages.
    """
    own = torch.eye(len(best), dtype=torch.bool)
    logits = (best / TOKEN_TEMPERATURE).masked_fill(((wanted > SAME_MEANING) & ~own)[:, :, None], _OUT)
    missed = -logits.log_softmax(1).diagonal(dim1=0, dim2=1).T
    weight = weight.clamp(min=0)
    return (missed * weight).sum() / weight.sum().clamp(min=1e-6)


def _lexical_contrast(weights: Tensor, batch: Batch) -> Tensor:
    """Question and passage are matched by the tokens they share."""
    numbers = torch.arange(len(batch.texts.lengths))
    asked, answers = (numbers[side] for side in Sides.of(batch).answered())
    vectors = _lexical_vectors(weights, batch.texts, torch.cat([asked, answers]))
    score = vectors[: len(asked)] @ vectors[len(asked) :].T
    wanted = calibrated(batch.targets[answers] @ batch.targets[answers].T)
    return _contrast(score, wanted, SPARSE_TEMPERATURE)


def _lexical_vectors(weights: Tensor, texts: Texts, chosen: Tensor) -> Tensor:
    """(n_chosen, n_rows): the largest weight of each token in each text, as the sparse head takes it."""
    places = texts.rows_of(torch.arange(len(weights) + 1), chosen)
    inside = places < len(weights)
    text = torch.arange(len(chosen))[:, None].expand_as(places)[inside]
    token = texts.inverse[places[inside]]
    flat = torch.zeros(len(chosen) * len(texts.rows)).scatter_reduce(
        0, text * len(texts.rows) + token, weights[places[inside]], "amax"
    )
    vectors = flat.view(len(chosen), -1)
    return vectors * (texts.rows > 3)
