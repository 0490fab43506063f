"""The site: the page, and beside it the routes of programs and operators. Listens nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from bge_demo.errors import InputError, SettingsError
from bge_demo.locales import Phrase, say_all
from bge_demo.serving.gate import Gate
from bge_demo.serving.model_host import ModelChoice
from bge_demo.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from gradio import Blocks
    from starlette.middleware import Middleware

    from bge_demo.api.metrics import Metrics
    from bge_demo.retrieval.library import CorpusLibrary

_MB = 1024 * 1024
VERSION = "1"
_DESCRIPTION = "All three heads of BAAI/bge-m3 for programs: the same functions as the page's tabs."


def build_app(settings: Settings, models: ModelChoice) -> FastAPI:
    """The page with its endpoints, and the routes beside it. Raises SettingsError for a malformed auth."""
    from bge_demo.ui.gradio_import import import_gradio

    import_gradio()
    from fastapi import FastAPI

    from bge_demo.api.http_errors import translate_errors
    from bge_demo.api.metrics import Metrics
    from bge_demo.encoder.listed_encoders import ListedEncoders
    from bge_demo.page import build_blocks
    from bge_demo.retrieval.library import CorpusLibrary, open_corpora
    from bge_demo.ui import gradio_inside

    corpora = open_corpora(settings)
    library = CorpusLibrary(corpora, settings.limits)
    listed = ListedEncoders.from_setting(settings.baselines, settings.offline)
    gate = Gate(models, settings.limits, {"library": library, "listed_encoders": listed})
    blocks = build_blocks(gate)
    gradio_inside.prepare_for_mounting(blocks)
    app = FastAPI(
        title="BGE-M3 workbench",
        description=_DESCRIPTION,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        middleware=_edges(settings),
    )
    translate_errors(app, settings.limits.upload_mb)
    _add_health(app, gate, blocks)
    _add_preview(app)
    _add_program_routes(
        app, gate, Metrics(gate, lambda: len(corpora.idle_days()), lambda: gradio_inside.n_queued(blocks))
    )
    if settings.mcp:
        from bge_demo.api.mcp import add_mcp

        add_mcp(app, gate)
    mounted = _mount(app, blocks, settings)
    mounted.state.page = gradio_inside.mounted_app(mounted)
    gradio_inside.remember_little(blocks, mounted.state.page)
    _guard_gradio(mounted, blocks)

    mounted.state.stopping = _Stopping(gate, blocks, mounted.state.page, library)
    return mounted


@dataclass(frozen=True)
class _Stopping:
    """How the site ends: `begin`, then `give_up` what is not done by then, then `close` the stores."""

    gate: Gate
    blocks: Blocks
    page: Any
    library: CorpusLibrary

    def begin(self) -> None:
        """Refuse new work, and end the connections that open pages hold until their browsers close."""
        from bge_demo.ui.gradio_inside import end_streams

        self.gate.stop()
        end_streams(self.page)

    def give_up(self) -> None:
        """Tell whoever still waits."""
        from bge_demo.ui.gradio_inside import end_events

        self.gate.give_up()
        end_events(self.blocks, "request.stopping")

    def close(self) -> None:
        """End indexing and close the corpora."""
        self.library.close()


def _edges(settings: Settings) -> list[Middleware]:
    """What every request passes, outermost first."""
    from starlette.middleware import Middleware
    from starlette.middleware.body_limit import RequestBodyLimitMiddleware

    from bge_demo.server.logins import Login
    from bge_demo.server.protection import BrowserRules, OwnRequests, PatientAnswers, PatientBodies
    from bge_demo.server.request_edges import PageDelivery, ProgramBodies, RequestIds, WithoutPrefix

    # Room for an upload of the largest size and the form around it.
    max_bytes = (settings.limits.upload_mb + 1) * _MB
    allowed = [name.strip() for name in settings.allowed_hosts.split(",") if name.strip()]
    edges = [
        Middleware(WithoutPrefix, prefix=settings.root_path),
        Middleware(RequestIds),
        Middleware(PatientAnswers),
        Middleware(BrowserRules),
        Middleware(OwnRequests, allowed_hosts=allowed),
        Middleware(PatientBodies),
    ]
    login = credentials(settings.auth)
    if login is not None:
        edges.append(Middleware(Login, login=login))
    edges.append(Middleware(ProgramBodies, max_bytes=max_bytes, limit_mb=settings.limits.upload_mb))
    edges += [Middleware(RequestBodyLimitMiddleware, max_body_size=max_bytes), Middleware(PageDelivery)]
    return edges


def _add_health(app: FastAPI, gate: Gate, blocks: Blocks) -> None:
    from fastapi.responses import JSONResponse

    from bge_demo.ui.gradio_inside import n_queued

    @app.head("/healthz", include_in_schema=False)
    @app.get("/healthz", response_model=None, responses={404: {}, 503: {}})
    def healthz(request: Request, model: str = "") -> JSONResponse:
        """Whether a model serves, which, and what is on its way. A stranger hears the state, where there
        is a login, and no more."""
        status, answer = _health(gate.models, model)
        if gate.is_stopping:
            status = 503
            answer |= {"state": "stopping", "message": say_all(Phrase("request.stopping"))}
        if request.scope.get("is_stranger"):
            return JSONResponse({"state": answer.get("state")}, status)
        return JSONResponse(answer | {"waiting_requests": n_queued(blocks) + gate.n_inside}, status)


def _add_preview(app: FastAPI) -> None:
    from fastapi.responses import FileResponse

    from bge_demo.page import PREVIEW

    @app.get(f"/{PREVIEW.name}", include_in_schema=False)
    def preview() -> FileResponse:
        return FileResponse(PREVIEW)


def _add_program_routes(app: FastAPI, gate: Gate, metrics: Metrics) -> None:
    from bge_demo.api import http
    from bge_demo.api.programs import HTTP_PROGRAMS

    door = http.HttpDoor(gate)
    app.include_router(http.program_routes(door, HTTP_PROGRAMS))
    app.include_router(http.other_shapes(door))
    app.include_router(http.model_routes(gate.models))
    app.include_router(http.operator_routes(metrics))
    app.include_router(http.unknown_routes(app))


def _mount(app: FastAPI, blocks: Blocks, settings: Settings) -> FastAPI:
    """The app with the page at its root, and nothing else of gradio's that answers by default."""
    import gradio as gr

    from bge_demo.page import page_options
    from bge_demo.ui.gradio_inside import close_to_foreign_files, keep_uploads_apart

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        auth=credentials(settings.auth),
        root_path=settings.root_path or None,
        max_file_size=f"{settings.limits.upload_mb}mb",
        show_error=False,
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        **page_options(),
    )
    close_to_foreign_files(blocks)
    keep_uploads_apart()
    return mounted


def _guard_gradio(mounted: FastAPI, blocks: Blocks) -> None:
    from functools import partial

    from bge_demo.server.gradio_edge import GradioEdge
    from bge_demo.ui import gradio_inside

    names = gradio_inside.endpoint_names(blocks)
    is_waited_for = partial(gradio_inside.is_waited_for, blocks)
    gradio_inside.surround(
        mounted, partial(GradioEdge, is_endpoint=names.__contains__, is_waited_for=is_waited_for)
    )


def _health(models: ModelChoice, model: str) -> tuple[int, dict[str, Any]]:
    """HTTP status and answer for one of the models, the first by default."""
    try:
        status = models.host(model).status()
    except InputError as error:
        return 404, {"message": say_all(error.phrase)}
    return 200 if status.state == "ready" else 503, status.to_json()


def credentials(auth: str) -> tuple[str, str] | None:
    """`user:password` in two parts, None for no login. Raises SettingsError when a part is missing."""
    if not auth:
        return None
    user, colon, password = auth.partition(":")
    if not (user and colon and password):
        raise SettingsError("settings.auth")
    return user, password
