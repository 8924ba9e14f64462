"""What a recording was asked for, checked before the loop begins. Loads no torch."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from emergescope.config.run import Capture
from emergescope.errors import FieldError, InvalidConfig
from emergescope.recorder.copies import Copy, Held, copy_of, shot_of
from emergescope.recording.display import Display, Metric

LAST = "last"  # in place of directions
SNAPSHOTS = ".snapshots"  # behind the name of a recording: where those lie that wait for the last one
_MOST_DIRECTIONS = 4096


@dataclass(frozen=True)
class Asked:
    """See `record`. Directions are copies, by the name of the layer; "" are those of all layers. `by_last`: they come
    from the last snapshot.
    """

    directions: Mapping[str, Held | Copy]
    relevant: tuple[int, ...]
    names: tuple[str, ...] | None
    data: tuple[Copy, Copy] | None
    picture: tuple[int, ...] | None
    metrics: Mapping[str, Metric]
    display: Display | None
    capture: Capture
    seed: int
    settings: Mapping[str, Any]
    total_steps: int
    by_last: bool = False


def asked(
    directions: Any,
    relevant: Iterable[int | str] | None,
    names: Sequence[str] | None,
    data: tuple[Any, Any] | None,
    picture: Sequence[int] | None,
    metrics: Mapping[str, Any] | Iterable[str],
    display: Display | Mapping[str, Any] | None,
    max_neurons: int,
    max_directions: int,
    max_pictures: int,
    seed: int,
    settings: Mapping[str, Any],
    total_steps: int,
) -> Asked:
    """Raises InvalidConfig that says what to change."""
    try:
        looks = {"max_neurons": max_neurons, "max_patterns": max_directions, "max_pictures": max_pictures}
        capture = Capture.model_validate(looks)
    except ValidationError as error:
        called = {"max_patterns": "max_directions"}
        found = [(called.get(str(e["loc"][0]), str(e["loc"][0])), e["msg"]) for e in error.errors(include_url=False)]
        fields = [FieldError(f"/{name}", message) for name, message in found]
        raise InvalidConfig("; ".join(f"{name}: {message}" for name, message in found), fields) from None
    by_last = isinstance(directions, str)
    if by_last and directions != LAST:
        raise InvalidConfig.at("/directions", f"directions is {directions!r}: give an array, a layer, or {LAST!r}")
    given = _directions(None if by_last else directions)
    titled = metrics if isinstance(metrics, Mapping) else {name: name for name in metrics}
    called_so = None if names is None else tuple(map(str, names))
    if relevant is not None and not given:
        raise InvalidConfig.at("/relevant", "relevant= says which of some directions matter: give directions= as well")
    if picture is not None and not (2 <= len(picture) <= 3 and all(isinstance(n, int) and n > 0 for n in picture)):
        raise InvalidConfig.at("/picture", f"picture is {picture!r}: give (height, width), or those of colours as well")
    if data is not None and len(data) != 2:
        raise InvalidConfig.at("/data", "data is (inputs, labels): the means of its classes become directions")
    return Asked(
        directions=given,
        relevant=_places(relevant, called_so),
        names=called_so,
        data=None if data is None else (copy_of(data[0], "the inputs of data"), copy_of(data[1], "the labels of data")),
        picture=None if picture is None else tuple(picture),
        metrics={str(name): _metric(str(name), one) for name, one in titled.items()},
        display=display if isinstance(display, Display | None) else Display.from_json(dict(display)),
        capture=capture,
        seed=seed,
        settings=_as_json(settings),
        total_steps=total_steps,
        by_last=by_last,
    )


def _directions(given: Any) -> dict[str, Held | Copy]:
    """An array [d, D], pictures [D, ...], or a layer, whose weights they are; or one of them for each layer by name."""
    if given is None:
        return {}
    found: dict[str, Held | Copy] = {}
    for name, one in (given if isinstance(given, Mapping) else {"": given}).items():
        if hasattr(one, "weight"):
            layers = shot_of(0, "", one, None, None, None, None, frozenset()).layers
            if len(layers) != 1:
                raise InvalidConfig.at("/directions", f"{type(one).__name__} is several matrices: give one of them")
            found[str(name)] = layers[""]
        else:
            found[str(name)] = copy_of(one, "directions")
    return found


def _as_json(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Plain JSON; what is not, as text."""
    try:
        found: dict[str, Any] = json.loads(json.dumps(dict(settings), default=str, allow_nan=False))
    except ValueError as error:
        raise InvalidConfig.at("/settings", f"settings cannot be kept: {error}") from None
    return found


def _places(relevant: Iterable[int | str] | None, names: tuple[str, ...] | None) -> tuple[int, ...]:
    found = set()
    tolist = getattr(relevant, "tolist", None)  # of arrays and tensors
    for one in [] if relevant is None else tolist() if tolist is not None else relevant:
        if isinstance(one, str):
            if one not in (names or ()):
                raise InvalidConfig.at("/relevant", f"relevant names {one!r}, and names= has no such direction")
            found.add((names or ()).index(one))
        elif isinstance(one, bool) or not 0 <= int(one) < _MOST_DIRECTIONS:
            raise InvalidConfig.at("/relevant", f"relevant has {one!r}: give columns of directions, counted from 0")
        else:
            found.add(int(one))
    return tuple(sorted(found))


def _metric(name: str, said: Any) -> Metric:
    """A metric as it was declared: whole, by its fields, or by its title alone."""
    if isinstance(said, Metric):
        return said
    try:
        return Metric(**said) if isinstance(said, Mapping) else Metric(str(said))
    except TypeError as error:
        raise InvalidConfig.at(f"/metrics/{name}", f"the metric {name!r} cannot be declared so: {error}") from None
