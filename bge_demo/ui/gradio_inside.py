"""Everything that reaches into gradio beyond its documented interface: what to read before an upgrade.

The style sheets depend on gradio's class names and `data-testid` as well.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import uuid
from collections.abc import Callable, Mapping
from html import escape
from types import SimpleNamespace
from typing import Any

import gradio as gr
import gradio.route_utils
import gradio.routes
from gradio.components.api_component import Api
from gradio.context import LocalContext
from gradio.server_messages import ProcessCompletedMessage
from gradio.state_holder import SessionState, StateHolder
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like, traverse
from jinja2 import ChoiceLoader, DictLoader

from bge_demo.errors import DemoError, InputError, places
from bge_demo.ui.undelivered import Mailboxes, said_in_place
from bge_demo.ui.user_errors import program_error

log = logging.getLogger(__name__)

# gradio keeps the last texts and results of this many visitors; its own 10 000 would be gigabytes.
KEPT_SESSIONS = 200
# The page's template, what of it makes a preview in chats, and where our script goes.
_TEMPLATE = "frontend/index.html"
_PREVIEW = re.compile(r'<meta\s+(?:property="og:|name="twitter:)[^>]*>')
_CONFIGURED = "<script>window.gradio_config = {{ config | toorjson }};</script>"
_API = "{{ gradio_api_info | toorjson }}"
# Nor does a login page tell what can be called.
_API_IF_LOGGED_IN = "{{ ({} if config.auth_required else gradio_api_info) | toorjson }}"
# What gradio raises for values that are not its components'.
_MISFITS = (gr.Error, ValueError, TypeError, OSError)


class GuardedBlocks(gr.Blocks):
    """Blocks that answer a payload of the wrong shape with a sentence; gradio's own error writes it into the
    log. They hand `page_data` to the page's script, as `gradio_config.workbench`."""

    page_data: Mapping[str, Any] = {}

    def get_config_file(self) -> Any:
        """gradio's configuration of the page, and ours beside it."""
        config: Any = super().get_config_file()
        # The page would mount what an endpoint takes and gives, a component each.
        apis = [one for one in config["components"] if one["type"] == "api"]
        for one in apis:
            one["props"]["visible"] = False
        hidden = {one["id"] for one in apis}
        layout = config["layout"]
        layout["children"] = [one for one in layout["children"] if one["id"] not in hidden]
        config["workbench"] = dict(self.page_data)
        return config

    async def process_api(self, *given: Any, **named: Any) -> dict[str, Any]:
        """An event. What fails unexpectedly is told in a sentence and logged without the visitor's words."""
        try:
            answer: dict[str, Any] = await super().process_api(*given, **named)
            return answer
        except gr.Error:
            raise
        except Exception as error:
            number = uuid.uuid4().hex
            log.error("request %s failed: %s", number, places(error))
            raise program_error(DemoError("api.bug", request_id=number)) from None

    async def preprocess_data(
        self, block_fn: Any, inputs: list[Any], state: Any, explicit_call: bool = False
    ) -> list[Any]:
        """An endpoint's last inputs may be left out when they have defaults; a file may only be an upload."""
        left_out = [one.value for one in block_fn.inputs[len(inputs) :] if isinstance(one, Api)]
        try:
            traverse(inputs, _refuse_address, is_file_obj_with_meta)
            ready: list[Any] = await super().preprocess_data(
                block_fn, [*inputs, *left_out], state, explicit_call
            )
            return ready
        except _MISFITS:
            raise program_error(InputError("input.payload")) from None


def _refuse_address(file: dict[str, Any]) -> dict[str, Any]:
    # gradio would fetch it.
    if is_http_url_like(file["path"]):
        raise ValueError("an address, not an upload")
    return file


def as_typed(number: Any) -> None:
    """Have gradio hand on what was typed into a number's box or slider: its own refusal names no bounds, our
    checks do."""
    number.preprocess = lambda payload: payload


def use_front_page(head: Mapping[str, str], picture: str, style: str, script: str) -> None:
    """Have gradio serve its page with these `og:` properties and the picture at that path of this server.

    `style` holds and `script` runs before anything is drawn. Raises RuntimeError when gradio's template no
    longer has the places for them.
    """
    environment: Any = gradio.routes.templates.env
    loaders = [one for one in _loaders(environment.loader) if not isinstance(one, DictLoader)]
    source = ChoiceLoader(loaders).get_source(environment, _TEMPLATE)[0]
    if _CONFIGURED not in source or _API not in source or not _PREVIEW.search(source):
        raise RuntimeError("gradio's page has changed; see gradio_inside.py")
    preview = "".join(
        f'<meta property="og:{name}" content="{escape(value)}" />' for name, value in head.items()
    )
    preview += f'<meta name="description" content="{escape(head["description"])}" />'
    preview += f"<title>{escape(head['title'])}</title>"
    # Jinja must not read the script's braces. Its `config.root` is the address that the page was asked by.
    raw = f"{{% raw %}}<style>{style}</style><script>{script}</script>{preview}{{% endraw %}}"
    raw += f'<meta property="og:image" content="{{{{ config.root }}}}/{picture}" />'
    raw += '<meta name="twitter:card" content="summary_large_image" />'
    page = _PREVIEW.sub("", source.replace(_API, _API_IF_LOGGED_IN)).replace(_CONFIGURED, _CONFIGURED + raw)
    environment.loader = ChoiceLoader([DictLoader({_TEMPLATE: page}), *loaders])
    environment.cache.clear()


def _loaders(loader: Any) -> list[Any]:
    return list(loader.loaders) if isinstance(loader, ChoiceLoader) else [loader]


def event_watch() -> Callable[[], bool]:
    """Whether the event that runs in this thread has lost its client, or was cancelled.

    gradio tells a running handler nothing: it stops generators only, and a plain function runs to its end
    for nobody. But its queue knows. It marks an event when the client's stream breaks off, and forgets one
    that was cancelled. Outside an event nobody can leave.
    """
    blocks, event_id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if blocks is None or event_id is None:
        return lambda: False
    running = blocks._queue.event_ids_to_events

    def has_left() -> bool:
        event = running.get(event_id)
        return event is None or not event.alive

    return has_left


def event_address() -> str | None:
    """The network address of whoever waits for the event that runs in this thread."""
    request = LocalContext.request.get(None)
    client = request.client if request is not None else None
    return client.host if client else None


def event_session() -> str | None:
    """Which page, in which browser's tab, waits for the event that runs in this thread."""
    request = LocalContext.request.get(None)
    return request.session_hash if request is not None else None


def n_queued(blocks: gr.Blocks) -> int:
    """How many events wait in gradio's queue."""
    return len(blocks._queue)


def is_waited_for(blocks: gr.Blocks, event_id: str) -> bool:
    """Whether an event waits, runs, or has an answer that was not fetched."""
    queue = blocks._queue
    ids = queue.pending_event_ids_session.values()
    return event_id in queue.event_ids_to_events or any(event_id in some for some in ids)


def endpoint_names(blocks: gr.Blocks) -> set[str]:
    """What programs may call."""
    return {str(one.api_name) for one in blocks.fns.values() if one.api_visibility != "private"}


def prepare_for_mounting(blocks: gr.Blocks) -> None:
    """Bound what gradio remembers of visitors: sessions, answers nobody fetches, times of past events."""
    blocks.state_session_capacity = KEPT_SESSIONS
    queue = blocks._queue
    events = queue.event_ids_to_events
    boxes = Mailboxes(lambda session: any(one.session_hash == session for one in events.values()))
    queue.pending_messages_per_session, queue.pending_event_ids_session = boxes, boxes.event_ids
    # After every event gradio would make a table of the last 10 000 for a page that we do not offer.
    queue.ANALYTICS_MAX_EVENTS, queue.ANAYLTICS_CACHE_FREQUENCY = 1, sys.maxsize


def remember_little(blocks: gr.Blocks, gradio_app: Any) -> None:
    """Have gradio keep no copy of what a visitor's components show, which only its deep links read. Call it
    after mounting."""
    sessions = _Sessions()
    sessions.set_blocks(blocks)
    gradio_app.state_holder = sessions


class _Sessions(StateHolder):
    """What gradio remembers of visitors, by session."""

    def __getitem__(self, session: str) -> SessionState:
        if session not in self.session_data:
            self.session_data[session] = _Session(self.blocks)
        return super().__getitem__(session)


class _Session(SessionState):
    """The values of one visitor's `gr.State`, and components whose properties have changed."""

    def __init__(self, blocks: gr.Blocks) -> None:
        # Not gradio's own, which describes every component of the page for each request of a program.
        empty = SimpleNamespace(default_config=blocks.default_config, blocks={})
        super().__init__(empty)

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


def close_to_foreign_files(blocks: gr.Blocks) -> None:
    """gradio lets a payload name any file of this machine until its Blocks have launched, and mounting does
    not count as that."""
    blocks.has_launched = True


def keep_uploads_apart() -> None:
    """Give every upload a folder that nobody can guess: gradio's own is named after the content, so whoever
    has the same file could ask whether somebody uploaded it."""
    if gradio.route_utils.GradioUploadFile is not _Upload:
        gradio.route_utils.GradioUploadFile = _Upload


class _Upload(gradio.route_utils.GradioUploadFile):
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.sha.update(secrets.token_bytes(16))


def mounted_app(parent: Any) -> Any:
    """The app that gradio mounted last."""
    return parent.routes[-1].app


def surround(parent: Any, edge: Callable[[Any], Any]) -> None:
    """Have requests to the app that gradio mounted last go through `edge`."""
    parent.routes[-1].app = edge(parent.routes[-1].app)


def end_streams(gradio_app: Any) -> None:
    """End the connections that open pages hold."""
    gradio_app.stop_event.set()


def end_events(blocks: gr.Blocks, key: str) -> None:
    """Answer every event that waits or runs with this sentence."""
    queue = blocks._queue
    for event in list(queue.event_ids_to_events.values()):
        queue.send_message(event, ProcessCompletedMessage(output=said_in_place(key), success=False))
        # Whatever it says later goes nowhere.
        event.alive = False


def login_of(gradio_app: Any, cookies: Mapping[str, str]) -> str | None:
    """The token of a browser that has logged in on the page."""
    names = (f"access-token-{gradio_app.cookie_id}", f"access-token-unsecure-{gradio_app.cookie_id}")
    return next((cookies[name] for name in names if cookies.get(name) in gradio_app.tokens), None)


def end_login(gradio_app: Any, token: str) -> None:
    """From now on the token is one that nobody has; gradio keeps it for as long as it runs."""
    gradio_app.tokens.pop(token, None)
