"""What of a tab goes into the page's address, so that a link opens the tab with the same inputs.

The address's fragment carries them, which no browser sends to a server;
`static/js/links.js` writes and reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

# These hold their value as text; all others are written as JSON.
_TEXTS = (gr.Textbox, gr.Dropdown, gr.Radio)
AREA_OF_RUN = "-run"


@dataclass(frozen=True)
class Link:
    """The linked inputs of one tab by their names in the link, and the button that a link presses.

    `runs_at_start`: the page starts with this tab's result. `only_where`: there is a link only while this
    component has this value. `live`: the event of results that follow while somebody types.
    """

    tab: str
    fields: Mapping[str, Component]
    run: gr.Button
    runs_at_start: bool = False
    only_where: tuple[Component, str] | None = None
    live: Any = None

    @property
    def inputs(self) -> list[Component]:
        """What the script needs to make the link."""
        return [*self.fields.values(), *(self.only_where or ())[:1]]

    @property
    def area(self) -> str:
        """The name of the working area that the button fills: `search` for `search-run`."""
        return str(self.run.elem_id).removesuffix(AREA_OF_RUN)

    def to_json(self) -> dict[str, Any]:
        """What the page's script needs to know."""
        return {
            "tab": self.tab,
            "area": self.area,
            "runsAtStart": self.runs_at_start,
            "onlyWhere": self.only_where and self.only_where[1],
            "fields": [
                {
                    "name": name,
                    "isText": isinstance(component, _TEXTS),
                    "isTyped": _is_typed(component),
                    "default": "" if _is_typed(component) else component.value,
                }
                for name, component in self.fields.items()
            ],
        }


def connect_links(links: Sequence[Link], tab_bar: gr.Tabs, loaded: Any) -> None:
    """Open what the address names when the page is loaded, and when the visitor goes back."""
    reopen = gr.Button(visible="hidden", elem_id="open-link")
    fields = [component for link in links for component in link.fields.values()]
    for event in (loaded, reopen.click):
        # A tab's components are there once it is in front, so it comes first.
        in_front = event(None, None, [tab_bar], js="() => bgeDemo.links.open()")
        filled = in_front.then(
            None, fields, fields, js="(...present) => bgeDemo.links.fill(present)", show_progress="hidden"
        )
        filled.then(None, js="() => bgeDemo.links.run()")


def _is_typed(component: Component) -> bool:
    """A visitor's own text or table: it belongs into a link even where it is what the page starts with."""
    return isinstance(component, gr.Dataframe) or (
        isinstance(component, gr.Textbox) and component.visible != "hidden"
    )
