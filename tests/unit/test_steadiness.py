"""Which statements make a step one that would not do the same again."""

from __future__ import annotations

import pytest

from nbdag_converters.build import build
from nbdag_converters.steadiness import FRESH, NETWORK
from notebooks import Source, make_notebook

GENERATORS = (
    "default_rng()", "RandomState( None )", "SeedSequence()", "PCG64()", "PCG64DXSM()", "MT19937()",
    "Philox()", "SFC64()", "Random()", "random.SystemRandom()",
)  # fmt: skip
READS = (
    "read('https://a.b/c')", 'read("s3://a/b")', "read('postgresql+psycopg://a/b')", "urlopen(u)",
    "urlretrieve(u)", "requests.get(u)", "requests.Session", "httpx.get(u)", "aiohttp.request(u)",
    "boto3.client('s3')",
)  # fmt: skip
TABLE = [
    *((text, (FRESH,)) for text in GENERATORS),
    *((text, (NETWORK,)) for text in READS),
    *((text, ()) for text in ("default_rng(7)", "requests.packages", "read('file.csv')", "1 / 2")),
]


@pytest.mark.parametrize(("text", "why"), TABLE)
def test_a_step_varies_by_what_its_text_says(text: str, why: tuple[str, ...]) -> None:
    (step,) = build(make_notebook([Source(f"x = {text}", ("step:a",))])).pipeline.steps
    assert tuple(item for item in step.varies if item in (FRESH, NETWORK)) == why
