"""Controls and wiring. The only layer that knows gradio; it receives an encoder and never names an engine."""
