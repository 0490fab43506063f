"""The only way to OpenVINO: imports it with its usage reports cut off. Computes nothing."""

from __future__ import annotations

import sys
from typing import Any


def import_openvino() -> Any:
    """The `openvino` package, which then never calls home.

    Importing it sends an event to Google Analytics through the package `openvino_telemetry`, unless the user
    once opted out in their home folder. OpenVINO does without that package when it cannot be imported: a None
    in its place says so, for this process only and without a file.
    """
    if "openvino" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino

    return openvino
