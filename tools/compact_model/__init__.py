"""Makes m3-compact, the small checkpoint that serves where BAAI/bge-m3 cannot be had. The demo never imports this."""
