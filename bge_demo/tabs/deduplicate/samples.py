"""What the tab's samples put into the box: lines whose duplicates make a point each."""

from __future__ import annotations

from bge_demo.samples import background_sentences

CLIMATE = ("气候变化是全球挑战", "Climate change is a global challenge", "環境変動は世界的な課題です")
UNRELATED_LINES = 30
PRODUCTS = (
    "Mild Steel Hex Bolt M12x50",
    "MS Hex Bolt M12 x 50",
    "Mild Steel Hex Bolt M12x60",
    "mild steel hex bolt  m12x50",
    "Stainless steel washer 12 mm, pack of 100",
    "Stainless steel washers, 12 mm, 100 pieces",
    "Stainless steel washer 14 mm, pack of 100",
    "LED bulb E27, 9 W, warm white",
    "LED-Lampe E27, 9 W, warmweiß",
    "LED bulb E27, 12 W, warm white",
    "不锈钢垫圈 12毫米 100个装",
    "Extension cord 5 m, not for outdoor use",
    "Extension cord 5 m, for outdoor use",
    "Cordless drill 18 V with two batteries",
    "Cordless drill 18V, 2 batteries included",
    "Garden hose 25 m",
    "Safety goggles, clear lens",
)


def climate_lines() -> str:
    """Three sentences that say the same, among unrelated ones in 16 languages."""
    unrelated = [sentence for _, sentence in background_sentences()]
    step = len(unrelated) // UNRELATED_LINES
    chosen = unrelated[::step][:UNRELATED_LINES]
    for place, sentence in zip((4, 15, 27), CLIMATE, strict=True):
        chosen.insert(place, sentence)
    return "\n".join(chosen)


def product_lines() -> str:
    """A parts list in which sizes tell lines apart and spelling does not."""
    return "\n".join(PRODUCTS)


SAMPLES = {"sample.climate": climate_lines, "sample.parts": product_lines}
