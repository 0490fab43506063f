"""One module per job of the page: plain values in, a frozen result out. No figures, no page."""
