"""The tabs of the page, in their order. A new tab is a folder, a locale table and a line here."""

from bge_demo.tabs.about.tab import TAB as ABOUT
from bge_demo.tabs.baselines.tab import TAB as BASELINES
from bge_demo.tabs.benchmark.tab import TAB as BENCHMARK
from bge_demo.tabs.compare.tab import TAB as COMPARE
from bge_demo.tabs.cross_lingual.tab import TAB as CROSS_LINGUAL
from bge_demo.tabs.deduplicate.tab import TAB as DEDUPLICATE
from bge_demo.tabs.long_document.tab import TAB as LONG_DOCUMENT
from bge_demo.tabs.retrieval.tab import TAB as RETRIEVAL
from bge_demo.tabs.tune_weights.tab import TAB as TUNE_WEIGHTS

TABS = (
    COMPARE,
    CROSS_LINGUAL,
    RETRIEVAL,
    DEDUPLICATE,
    LONG_DOCUMENT,
    TUNE_WEIGHTS,
    BASELINES,
    BENCHMARK,
    ABOUT,
)
