"""BGE-M3 demo: the three heads of BAAI/bge-m3 explained on your own texts."""

from bge_demo.analyses.compare import compare
from bge_demo.encoder import load_encoder

__all__ = ["compare", "load_encoder"]
