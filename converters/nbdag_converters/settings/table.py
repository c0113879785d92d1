"""The settings of a pipeline: the one table."""

from __future__ import annotations

from dataclasses import dataclass

from nbdag_converters.tags.fields import DNS, DURATION, IMAGE, TEXT, FieldType

from .kinds import (
    SettingError,
    SettingKind,
    byte_count,
    notified,
    relative_paths,
    retry,
    schedule,
    step_defaults,
    text_kind,
    texts,
    time_zone,
    variables,
    volumes,
    whole_number,
)

NAME = FieldType(
    "name", r"(?!\.)[^\s/\\][^/\\\n]{0,62}", "a name of at most 63 characters without slashes"
)
STORE = FieldType(
    "store", r"[a-z][a-z0-9+.-]*://\S+|/\S*", "an address such as `s3://bucket/prefix`"
)


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting; its name is also the attribute of PipelineConfig. `example` is as in a shell."""

    name: str
    kind: SettingKind
    help: str
    example: str


SETTINGS: tuple[Setting, ...] = (
    Setting("name", text_kind(NAME), "The pipeline's name.", "fraud"),
    Setting("description", text_kind(TEXT), "What the pipeline does.", "Finds fraud"),
    Setting("experiment", text_kind(TEXT), "The experiment that its runs belong to.", "spring"),
    Setting("image", text_kind(IMAGE), "The image of steps that name none.", "quay.io/team/base:1"),
    Setting("timeout", text_kind(DURATION), "The longest that a run may take.", "2h"),
    Setting(
        "retry",
        SettingKind("text", "as in the tag `retry`", retry),
        "How often a run that failed is tried again.",
        "2:1m",
    ),
    Setting(
        "schedule",
        SettingKind("text", "a cron schedule such as `0 4 * * 1`", schedule),
        "When it runs on its own.",
        "0 4 * * 1",
    ),
    Setting(
        "timezone",
        SettingKind("text", "a time zone such as `Europe/Berlin`", time_zone),
        "The time zone of `schedule`.",
        "Europe/Berlin",
    ),
    Setting(
        "notify",
        SettingKind("list", "a list of WHEN:KIND:SECRET/KEY=VARIABLE", notified),
        "Who is told how a run has ended.",
        "failure:slack:alerts/url=SLACK_URL",
    ),
    Setting(
        "service_account", text_kind(DNS), "The Kubernetes account of its pods.", "argo-workflow"
    ),
    Setting("namespace", text_kind(DNS), "The Kubernetes namespace.", "ml"),
    Setting(
        "env",
        SettingKind("object", "an object of names and texts", variables),
        "Environment variables of all steps.",
        "LOG_LEVEL=debug,REGION=eu",
    ),
    Setting(
        "packages",
        SettingKind("list", "a list of requirements", texts),
        "Packages that the image needs beside those that are imported.",
        "pyarrow,s3fs>=2024",
    ),
    Setting(
        "files",
        SettingKind("list", "a list of paths below the notebook's folder", relative_paths),
        "Files and folders that go with the notebook.",
        "data/prices.csv,lib",
    ),
    Setting(
        "artifact_store", text_kind(STORE), "Where values and files are kept.", "s3://bucket/nbdag"
    ),
    Setting(
        "parallelism",
        SettingKind("number", "a whole number from 1", whole_number),
        "How many steps run at once at most.",
        "4",
    ),
    Setting(
        "keep",
        SettingKind("number", "a number of bytes such as `16Mi`", byte_count),
        "How much of the variables that no later step needs each step saves.",
        "64Mi",
    ),
    Setting(
        "volumes",
        SettingKind("list", "a list of volumes as in the tag `volume`", volumes),
        "Volumes of all steps.",
        "scratch:/scratch,models:/models:10Gi",
    ),
    Setting(
        "step_defaults",
        SettingKind("list", "a list of tags", step_defaults),
        "Settings of all steps, written as tags; a step's own tags come first.",
        "cpu:1,memory:2Gi,retry:2",
    ),
)

BY_NAME: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}
__all__ = ["BY_NAME", "SETTINGS", "Setting", "SettingError"]
