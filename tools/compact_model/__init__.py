"""Makes m3-compact, which serves where BAAI/bge-m3 cannot be had. The demo never imports this."""
