"""Fraud detection from two stores, as it is done on a cluster."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from notebooks import Source, write_notebook

CELLS = (
    Source("import io\nimport os\nfrom pathlib import Path\n\nimport pandas as pd"),
    Source("from minio import Minio\nfrom sklearn.linear_model import LogisticRegression"),
    Source("aws_bucket = ''\nceph_bucket = ''\nthreshold = 0.5", ("parameters",)),
    Source(
        """\
def store():
    keys = {"access_key": os.environ["accesskey"], "secret_key": os.environ["secretkey"]}
    return Minio(os.environ["S3_ENDPOINT_URL"], secure=False, region="us-east-1", **keys)


def read(bucket):
    return pd.read_csv(io.BytesIO(store().get_object(bucket, "transactions.csv").read()))


def volume():
    return Path(os.environ.get("VOLUME", "/mnt/vol"))"""
    ),
    Source("aws = read(aws_bucket)\naws.head()", ("step:read_data_aws",)),
    Source("ceph = read(ceph_bucket)\nceph.head()", ("step:read_data_ceph",)),
    Source(
        """\
data = pd.concat([aws, ceph], ignore_index=True)
(volume() / "hyper.txt").write_text("true" if data["fraud"].mean() < 0.4 else "false")
should_hyper = (volume() / "hyper.txt").read_text() == "true"
strength = 1.0
train, sets = data[data.index % 3 > 0], {"aws": data[:300:3], "ceph": data[300::3]}""",
        ("step:transform_data",),
    ),
    Source(
        "if should_hyper:\n    strength = 0.1\n    print('tuned to', strength)",
        ("step:hyper_tuning",),
    ),
    Source(
        "model = LogisticRegression(C=strength).fit(train[['amount', 'hour']], train['fraud'])",
        ("step:train_model",),
    ),
    Source(
        """\
caught = {}
for item in ["aws", "ceph"]:
    scores = model.predict_proba(sets[item][["amount", "hour"]])[:, 1]
    caught[item] = float((scores > threshold)[sets[item]["fraud"]].mean())""",
        ("step:validate_model", "fan-out:2"),
    ),
    Source(
        """\
share = min(caught.values())
print(share)
card = str(caught).encode()
store().put_object(aws_bucket, "card.txt", io.BytesIO(card), len(card))
Path("card.txt").write_bytes(card)""",
        ("step:publish_model", "metrics"),
    ),
)


def write(folder: Path, *, account: str = "", clusters: Mapping[str, str] | None = None) -> Path:
    """Write the notebook into a new folder; *clusters* are those of some steps."""
    folder.mkdir()
    settings = {
        **({"service_account": account} if account else {}),
        "env": {"S3_ENDPOINT_URL": os.environ["NBDAG_S3_ENDPOINT"]},
        "step_defaults": ["secret:keysecret", "volume:vol:/mnt/vol"],
    }
    there = {f"step:{step}": f"cluster:{cluster}" for step, cluster in (clusters or {}).items()}
    cells = [
        Source(cell.text, (*cell.tags, *(there[tag] for tag in cell.tags if tag in there)))
        for cell in CELLS
    ]
    return write_notebook(folder / "fraud.ipynb", cells, metadata={"nbdag": settings})
