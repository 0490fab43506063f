"""One folder a job of the page: its analysis, its view and its tab. No tab knows another."""
