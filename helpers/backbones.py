"""The networks for photographs by their names."""

from helpers.settings import settings
from helpers.validate import check_choice

NAMES = ("efficientnet_lite0", "vgg16")


def load_backbone(name=None):
    """Load the network for photographs, trained.

    Parameters
    ----------
    name : {"efficientnet_lite0", "vgg16"}, optional
        ``"efficientnet_lite0"``: EfficientNet-Lite0 with ImageNet's 1,000 classes, which comes with
        the course. ``"vgg16"``: VGG16 with the same classes, 553 MB, which are downloaded once.
        By default what ``COURSE_BACKBONE`` says, which is EfficientNet-Lite0 if nothing is said.

    Returns
    -------
    Backbone

    Raises
    ------
    ValueError
        If `name` is neither of the two.
    Unavailable
        If VGG16's weights cannot be downloaded, or the package of EfficientNet-Lite0 is not as it
        should be.
    """
    name = check_choice("name", settings().backbone if name is None else name, NAMES)
    if name == "vgg16":
        from helpers.vgg16 import load_vgg16 as load
    else:
        from helpers.efficientnet import load_efficientnet_lite0 as load
    return load()
