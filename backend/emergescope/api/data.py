"""Which data sets of images are there, and how to get the others."""

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from emergescope.datasets import Listing, survey

router = APIRouter(prefix="/api/data", tags=["server"])


class DataSetOut(BaseModel):
    id: str = Field(description="what a problem's `data` says", examples=["fashion-mnist"])
    folder: str | None = Field(description="what its `folder` says, for a tree of images", examples=[None])
    title: str = Field(examples=["Fashion-MNIST"])
    classes: list[str] = Field(examples=[["T-shirt/top", "Trouser"]])
    builtin: bool = Field(description="it comes with a package and needs no files")
    present: bool
    images: int | None = Field(description="where that is known without reading them", examples=[70_000])
    original: bool | None = Field(description="whether its files have the sums of the original ones")
    where: str | None = Field(description="below the server's directory of data sets", examples=["FashionMNIST/raw"])
    missing: list[str] = Field(description="files that are not there", examples=[["t10k-labels-idx1-ubyte.gz"]])
    trouble: str | None = Field(description="what is wrong with a file, where that shows without reading the images")
    notes: list[str] = Field(description="what of its files is passed over, or read as something else, in words")
    how: str = Field(description="how to get it")

    @classmethod
    def of(cls, listing: Listing) -> "DataSetOut":
        return cls(
            id=listing.name,
            folder=listing.folder,
            title=listing.title,
            classes=list(listing.classes),
            builtin=listing.builtin,
            present=listing.present,
            images=listing.images,
            original=listing.original,
            where=listing.where,
            missing=list(listing.missing),
            trouble=listing.trouble,
            notes=list(listing.notes),
            how=listing.how,
        )


class DataSetList(BaseModel):
    items: list[DataSetOut]


@router.get("")
def data_sets(request: Request) -> DataSetList:
    """Data sets of images that this server knows, there or not. On a Ray cluster, nodes may have others."""
    return DataSetList(items=[DataSetOut.of(listing) for listing in survey(request.app.state.settings.data_dir)])
