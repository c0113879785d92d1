"""What a target doesn't have: NB600-NB699."""

from __future__ import annotations

from .rule import Rule

NO_IMAGE = Rule(
    "NB601",
    "warning",
    "No image with the packages",
    "the steps name no image, and '{image}', which they get, has no {packages}.",
    "Name an image that has them: the setting `image`, or the tag `image:…` of a step.",
    """\
On a cluster each step runs in a container. Its image has to have Python and the packages that the
notebook imports; nothing is installed when a step starts. Where neither the notebook's settings nor
a step's tags name an image, a plain one of Python is taken, which is enough for the standard
library only.
""",
)

OTHER_CLUSTER = Rule(
    "NB602",
    "error",
    "A volume of steps on several clusters",
    "step '{step}' mounts the volume '{volume}', as step '{other}' on another cluster does.",
    "Give each cluster's steps a volume of their own, or put them on one cluster.",
    """\
Each cluster has its own volumes. What a step on one writes into a volume, a step on another would
silently not find, so it is refused. Variables and files travel through the artifact store, which
both clusters use.
""",
)

WHOLE_FACTOR = Rule(
    "NB603",
    "error",
    "A factor of retries that isn't whole",
    "step '{step}' waits {factor} times as long before each retry; Argo takes whole factors only.",
    "Write a whole factor, as in `retry:3:10s:2`.",
    """\
`retry:LIMIT:DELAY:FACTOR` makes the wait grow by a factor. Argo Workflows reads it as a whole
number.
""",
)

RUN_RETRY = Rule(
    "NB604",
    "warning",
    "A retry of the whole run",
    "the setting `retry` tries a whole run again, which Argo doesn't do on its own.",
    "Give the steps a retry: `step_defaults=retry:{limit}`.",
    """\
Locally, a run that failed goes on from what succeeded. Argo Workflows could only start all steps
anew, whose values would mix with those of the first attempt. Retries of steps, set by the tag
`retry` or by `step_defaults`, work as they do here.
""",
)

ARTIFACT_STORE = Rule(
    "NB605",
    "warning",
    "Values go to the cluster's artifact repository",
    "the setting `artifact_store` says '{store}', but Argo keeps values where its own artifact "
    "repository is.",
    "Set up the namespace's artifact repository, or take the setting away.",
    """\
Values and files travel between steps through the artifact repository of Argo Workflows, which is
set up once for a namespace, together with the secret that it needs.
""",
)

UNFIT_VALUE = Rule(
    "NB606",
    "error",
    "A value that Kubernetes refuses",
    "{what} of step '{step}' can't be '{value}': {problem}.",
    "Write another one.",
    """\
Names, labels and paths on a cluster have narrower rules than in a notebook. What would be refused
when the pipeline is submitted, or read as one of Argo's templates, is told when it is compiled.
""",
)

TOO_LARGE = Rule(
    "NB607",
    "error",
    "Too large for the cluster",
    "{what} takes {size} bytes, compressed; at most {most} can be handed to a container.",
    "{advice}",
    """\
Cells, and files that go along with the notebook, are handed to the containers in config maps, each
of which holds at most 1 MiB. Large data belongs on a volume, in an object store, or in the image.
""",
)

EXIT_CONDITION = Rule(
    "NB608",
    "error",
    "A condition at the end of the run",
    "step '{step}' runs at the end whatever happened, but whether its `if` holds is found out "
    "by step '{decider}', which may not have run.",
    "Set what the test needs in the same step, or in another one tagged `on-exit`.",
    """\
A step tagged `on-exit` also runs where a step above has failed. A condition that is worked out in
one of those steps can't be relied on then, and Argo's handlers at the end don't see it.
""",
)

NOT_SHIPPED = Rule(
    "NB609",
    "warning",
    "A file that doesn't go along",
    "the notebook reads the file '{path}', which was not handed to the compiler.",
    "Compile where the file is, or let the notebook read it from a volume or an object store.",
    """\
Files beside the notebook that it reads go along with it in a config map. Where the compiler only
gets the notebook, as from a text or through `nbconvert` from standard input, there are none; a
step that reads one fails then with the error of the notebook.
""",
)

MOUNTED_TWICE = Rule(
    "NB610",
    "error",
    "A path that is taken",
    "the volume '{volume}' of step '{step}' can't be at '{path}': {problem}.",
    "Choose another path.",
    """\
Each path in a container can hold one volume. nbdag itself keeps values and the working folder below
`/nbdag`.
""",
)

EMPTY_VOLUME = Rule(
    "NB611",
    "info",
    "A volume that starts empty",
    "the volume '{volume}' has no size, so each step gets an empty folder of its own.",
    "Name it as an existing claim when you compile (`--claim {volume}`), or give it a size.",
    """\
`volume:NAME:PATH` means a folder that lives as long as the step's pod, or a claim of that name
which exists on the cluster. Which of them it is can't be seen from the notebook. With a size, as in
`volume:NAME:PATH:10Gi`, a claim is made for each run and shared by its steps.
""",
)

OTHER_PYTHON = Rule(
    "NB612",
    "warning",
    "An image with another Python",
    "the image '{image}' has Python {theirs}, the notebook's kernel Python {ours}.",
    "Take an image with Python {ours}; `nbdag image` writes what builds one.",
    """\
Code may mean something else in another version of Python, and values of functions and classes that
the notebook defines can't be loaded in it. The version is read from the image's name, as in
`python:3.11-slim`; of an image with another name it isn't known.
""",
)

NOT_ON_KUBEFLOW = Rule(
    "NB613",
    "error",
    "What Kubeflow doesn't have",
    "{what} of step '{step}' can't be on Kubeflow Pipelines: {problem}.",
    "{advice}",
    """\
Kubeflow Pipelines has no gates that a person opens, no claims that are made for a run and shared by
steps of any order, and a step tagged `on-exit` is given nothing of other steps there: it can be
made of constants and parameters only. Rather than leave such a setting out, nbdag says so; Argo
Workflows has them (`--to argo`).
""",
)

EXIT_FILE = Rule(
    "NB614",
    "error",
    "A file that a task at the end isn't given",
    "step '{step}' uses '{file}', which {writer}; a task at the end is given no files of other "
    "steps on Kubeflow Pipelines.",
    "Use it in a step that isn't tagged `on-exit`, or let Argo Workflows run the pipeline.",
    """\
A step tagged `on-exit` finds the files that the steps above have written, but not on Kubeflow,
which gives a task at the end of a run nothing of other tasks. Where the code shows that such a file
is used, the compiler refuses it (NB613). What it could not see, the guard sees as the step runs.
""",
)

NO_IPYTHON = Rule(
    "NB615",
    "warning",
    "A magic that the image doesn't have",
    "step '{step}' names no image, and '{image}', which it gets, has no IPython: `{magic}` would "
    "fail.",
    "Name an image that has it: the setting `image`, or the tag `image:…`; `nbdag image` writes "
    "what builds one.",
    """\
Magics belong to IPython. In a plain image of Python nbdag does a few of them itself: `!command`,
`%cd`, `%env`, `%time`, `%%bash`, `%%writefile`, `%%time` and `%%capture` without options. Where a
step gets to another one, it fails and names the cell.
""",
)
