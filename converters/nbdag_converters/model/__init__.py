"""The Pipeline: what compilers, runners and views see.

Frozen data and pure functions on it. This package must not import anything of nbdag but
`errors` and `diagnostics`: it knows neither notebooks' files nor clusters.
"""

from __future__ import annotations

from .config import Notify, PipelineConfig, Retry, SecretRef, StepConfig, Volume
from .parameter import Parameter, Value
from .pipeline import (
    Condition,
    Decision,
    Edge,
    Input,
    Loop,
    Pipeline,
    Reason,
    Slice,
    Step,
    StepCell,
)
from .wire import pipeline_from_json, pipeline_to_json

__all__ = [
    "Condition",
    "Decision",
    "Edge",
    "Input",
    "Loop",
    "Notify",
    "Parameter",
    "Pipeline",
    "PipelineConfig",
    "Reason",
    "Retry",
    "SecretRef",
    "Slice",
    "Step",
    "StepCell",
    "StepConfig",
    "Value",
    "Volume",
    "pipeline_from_json",
    "pipeline_to_json",
]
