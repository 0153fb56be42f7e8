"""A real network on Dask's workers: the same maps, bit for bit, as one process gives."""

import numpy as np
import pytest
from dataset_program import CHUNKS
from dataset_run import Run, Scheduler, assert_whole
from small_models import conv_net

from helpers import load_maps

pytestmark = pytest.mark.slow
OPTIONS = {"method": "smooth_grad", "n_samples": 5}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """The file of a small network."""
    path = tmp_path_factory.mktemp("net") / "net.keras"
    conv_net().save(path)
    return path


@pytest.fixture(scope="module")
def expected(network, tmp_path_factory):
    """The maps as one process gives them, with one thread and without Dask."""
    folder = tmp_path_factory.mktemp("expected")
    assert Run(folder, network, scheduler="here", **OPTIONS).end() == f"{4 * CHUNKS} maps"
    return np.asarray(load_maps(folder))


@pytest.mark.parametrize("workers", [1, 3])
def test_the_maps_do_not_depend_on_the_number_of_workers(workers, network, expected, tmp_path):
    assert_whole(Run(tmp_path / "maps", network, workers=workers, **OPTIONS), expected)


def test_a_worker_that_is_killed_changes_nothing(network, expected, tmp_path):
    run = Run(tmp_path / "maps", network, workers=2, **OPTIONS)
    run.until_kept(1)
    run.workers()[0].kill()
    assert_whole(run, expected)


def test_a_worker_of_a_running_scheduler_makes_the_network_from_its_file(network, expected, tmp_path):
    scheduler = Scheduler(tmp_path)
    try:
        scheduler.worker()
        assert_whole(Run(tmp_path / "maps", network, scheduler=scheduler.address, **OPTIONS), expected)
    finally:
        scheduler.close()
