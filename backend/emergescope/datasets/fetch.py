"""Downloads a known data set into torchvision's layout, each file checked by its sum before it has its name."""

import shutil
import tarfile
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from emergescope.datasets.sources import SOURCES, Part, Source, find
from emergescope.errors import DataBroken, DataMissing, InvalidConfig

_PATIENCE = 30  # seconds that a server may say nothing
_LARGEST_MEMBER = 10**8  # bytes of a file in an archive; those of CIFAR-10 have a third of that


def fetch(
    name: str, root: Path, sources: Mapping[str, Source] = SOURCES, say: Callable[[str], None] = lambda text: None
) -> list[str]:
    """Download what is missing of a data set in `root`; names of the new files are returned, below `root`.

    Nothing that is there is touched. `say` is told of each download.
    Raises InvalidConfig for a name that cannot be fetched, DataMissing where no address gives the original.
    """
    if name not in sources:
        raise InvalidConfig.at("/name", f"there is no data set {name!r} to fetch: choose one of {', '.join(sources)}")
    source = sources[name]
    found = find(source, root)
    place = root / (found.place or source.places[0])
    fetched: list[Path] = []
    try:
        place.mkdir(parents=True, exist_ok=True)
        # On the same disk, so that a file gets its place at once and whole.
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=root) as scratch:
            for download in source.downloads:
                if download.name.endswith(".tar.gz") and found.missing:
                    archive = _download(download, Path(scratch), say)
                    fetched += _unpack(archive, place, found.missing, Path(scratch))
                elif download.name in found.missing:
                    fetched.append(_put(_download(download, Path(scratch), say), place / download.name))
    except OSError as error:
        raise DataMissing(f"{source.title} cannot be put into {place}: {error.strerror or error}") from None
    return [path.relative_to(root).as_posix() for path in fetched]


def _download(download: Part, directory: Path, say: Callable[[str], None]) -> Path:
    """The file from the first address that has it. Raises DataMissing with what each of them said."""
    # Imported here: pooch and requests take a while, and the server lists data sets without them.
    import pooch  # noqa: PLC0415
    from requests import RequestException  # noqa: PLC0415

    pooch.get_logger().setLevel("ERROR")
    said = []
    for address in download.addresses:
        say(f"fetching {download.name} from {urlsplit(address).netloc}")
        try:
            downloader = pooch.HTTPDownloader(timeout=_PATIENCE)
            got = pooch.retrieve(address, f"md5:{download.md5}", download.name, directory, downloader=downloader)
        except RequestException as error:
            answer = "does not answer" if error.response is None else f"answers {error.response.status_code}"
            said.append(f"{address} {answer}")
        except ValueError:  # pooch's word for it
            said.append(f"{address} has another file, by its sum")
        else:
            return Path(got)
    raise DataMissing(
        f"{download.name} could not be fetched: {'; '.join(said)}. With a browser or on another machine it may be had; "
        "docs/data.md says where it belongs"
    )


def _unpack(archive: Path, place: Path, wanted: Collection[str], scratch: Path) -> list[Path]:
    """The wanted files of an archive, each a regular one in the directory that it belongs to; no other is looked at."""
    fetched = []
    names = {f"{place.name.lower()}/{name}": name for name in wanted}
    with tarfile.open(archive, "r:gz") as members:
        for member in members:
            name = names.get(member.name.removeprefix("./"))
            if name is None or not member.isreg() or member.size > _LARGEST_MEMBER:
                continue
            content = members.extractfile(member)
            assert content is not None  # of a regular file there is one
            with content, open(scratch / name, "xb") as target:
                shutil.copyfileobj(content, target)
            fetched.append(_put(scratch / name, place / name))
    if lacking := sorted(set(wanted) - {path.name for path in fetched}):
        raise DataBroken(f"{archive.name} cannot be used: it has no {', '.join(lacking)}. Try again later.")
    return fetched


def _put(path: Path, target: Path) -> Path:
    """Give a file its place, unless one has come there meanwhile."""
    if not target.exists():
        path.rename(target)
    return target
