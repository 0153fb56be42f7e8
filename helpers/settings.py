"""Where the course lies, and what the environment asks of it. Imports nothing heavy."""

import functools
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "COURSE_MNIST": ("auto", "full", "5k"),
    "COURSE_BACKBONE": ("efficientnet_lite0", "vgg16"),
    "COURSE_VGG16": ("auto", "imagenet", "hed"),
    "COURSE_OFFLINE": ("0", "1"),
}


@dataclass(frozen=True)
class Settings:
    """What the environment asks for: see `settings`."""

    mnist: str
    backbone: str
    vgg16: str
    offline: bool
    data: Path | None


@functools.cache
def settings():
    """Read the course's five settings from the environment, once.

    ``COURSE_MNIST``
        ``auto`` (the default: all of MNIST if it can be had, else 5,000 digits), ``full``, ``5k``.
    ``COURSE_BACKBONE``
        The network for photographs: ``efficientnet_lite0`` (the default: it comes with the course),
        ``vgg16`` (553 MB).
    ``COURSE_VGG16``
        The weights of VGG16's convolutions: ``auto`` (the default: ImageNet's if they can be had, else
        those that learned edges, which come with the course), ``imagenet`` (58 MB), ``hed``.
    ``COURSE_OFFLINE``
        ``1`` to never touch the network; ``0`` is the default.
    ``COURSE_DATA``
        A folder that is looked into before any download; a relative name begins at the course's
        own folder.

    Returns
    -------
    Settings

    Raises
    ------
    ValueError
        If a setting has a value that is not allowed, or ``COURSE_DATA`` is not a folder.
    """
    chosen = {name: os.environ.get(name) or allowed[0] for name, allowed in ALLOWED.items()}
    for name, value in chosen.items():
        if value not in ALLOWED[name]:
            raise ValueError(f"{name}={value!r} is not allowed: choose {_either(ALLOWED[name])}")
    folder = os.environ.get("COURSE_DATA")
    if folder and not (ROOT / folder).is_dir():
        raise ValueError(
            f"COURSE_DATA={folder!r} is not a folder: name one that exists (a relative name begins at the "
            "course's own folder), or unset it"
        )
    return Settings(
        mnist=chosen["COURSE_MNIST"],
        backbone=chosen["COURSE_BACKBONE"],
        vgg16=chosen["COURSE_VGG16"],
        offline=chosen["COURSE_OFFLINE"] == "1",
        data=(ROOT / folder).resolve() if folder else None,
    )


def _either(values):
    return ", ".join(values[:-1]) + " or " + values[-1]
