"""The Retrieval tab and its results."""

from bge_demo.locales.text import Text

TEXTS = {
    "tab.retrieval": Text("Retrieval", "检索验证"),
    "search.query": Text("Query", "查询"),
}
