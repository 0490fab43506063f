"""BGE-M3 demo: the three heads of BAAI/bge-m3 explained on your own texts."""

from bge_demo.encoder.text_encoder import load_encoder
from bge_demo.tabs.compare.analysis import compare

__all__ = ["compare", "load_encoder"]
