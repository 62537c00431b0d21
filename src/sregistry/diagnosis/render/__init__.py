"""Renderers: one `Diagnosis`, several faces. `terminal`, `json` and `markdown` each have a `render`."""
