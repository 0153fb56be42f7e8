"""Reference pictures for the photograph's page: what the course's own helpers say of the network that it runs."""

import io
import json
import zipfile

import numpy as np
from PIL import Image

from helpers.activations import feature_maps
from helpers.backbones import centre_square
from helpers.data import pictures
from helpers.efficientnet import load_efficientnet_lite0, to_inputs
from helpers.engine import forward, logits
from helpers.grad_cam import grad_cam
from helpers.occlusion import occlusion
from helpers.settings import settings
from tools.photo.export import MANIFEST, round_weights, write
