"""A sparse parity: fair signs, and as the label the product of a few of them. Knows no torch."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from emergescope.config.base import Record, reject

ROWS = 4096  # samples at a time, where many are drawn


class SparseParity(Record):
    """Inputs are n fair signs, and the label is the product of k of them. Which ones is drawn from the seed."""

    n: Annotated[int, Field(ge=2, le=4096, title="inputs n", description="fair signs, each -1 or +1")] = 50
    k: int = Field(
        3,
        ge=1,
        le=4096,
        title="relevant inputs k",
        description="the label is the product of these",
        json_schema_extra={"at_most": "problem.n"},
    )
    labels: Literal["parity", "random"] = Field(
        "parity", title="labels", description="random: the control; training labels are coin flips, tests are not"
    )

    @field_validator("k")
    @classmethod
    def _among_the_inputs(cls, k: int, info: ValidationInfo) -> int:
        n = info.data.get("n")
        if n is not None and k > n:
            reject(f"k = {k} relevant inputs cannot be among n = {n}: lower k, or raise n")
        return k
