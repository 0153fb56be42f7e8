"""The photograph's page in a browser: what the network says, where it looks, what is covered and saved."""

import re

import numpy as np
import pytest
from photo_lab import Lab as Lab  # what the fixture `lab` opens
from photo_lab import composed, decoded, scene
from PIL import Image
from selenium.webdriver import ActionChains, Keys

from helpers.image import normalize_map, overlay
from helpers.settings import ROOT

# What the network says


def test_ten_answers_in_their_order_and_the_first_is_explained_and_announced(lab):
    probabilities = np.array(lab.state("[...lab.answer.probabilities]"))
    names = lab.state("lab.names")
    order = np.argsort(-probabilities)[:10]
    assert lab.top(10) == [(names[c], pytest.approx(100 * probabilities[c], abs=0.06)) for c in order]
    assert lab.top()[0][0] == "Egyptian cat"
    said = lab.says("#news", "The network says Egyptian cat")
    assert "Explaining Egyptian cat" in said


def test_any_class_can_be_found_explained_and_compared(lab):
    lab.find("#search").send_keys("teapot")
    assert lab.text("#found") == "1 class has that in the name."
    lab.click("#hits .bar")
    assert lab.state("lab.names[lab.answer.first.index]") == "teapot"
    assert "which you chose" in lab.text("#explained")
    assert lab.text("[data-map=first] .of") == "teapot"
    lab.click("#top .versus")
    assert lab.text("[data-map=second] .of") == "Egyptian cat"
    assert lab.text("[data-map=difference] .of") == "teapot − Egyptian cat"
    lab.click("#hits .bar")
    assert lab.state("lab.pinned") is None
    lab.find("#search").send_keys("qqq")
    assert lab.text("#found") == "No class has that in its name."


def test_the_difference_adds_up_to_that_of_the_logits_but_for_a_constant(lab):
    gaps = []
    for name in ("cat", "temple"):
        lab.take(name)
        lab.run("lab.pinned = 285; lab.asker.want({first: 285}); lab.compare(497)")
        lab.settle()
        total = sum(lab.state("[...lab.view.maps.difference.raw]"))
        gaps.append(lab.state("lab.answer.logits[285] - lab.answer.logits[497]") - total)
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-3)


def test_two_classes_have_one_scale_unless_asked_otherwise(lab):
    lab.run("lab.compare(lab.names.indexOf('teapot'))")
    lab.settle()
    high = [lab.text(f"[data-map={name}] .high") for name in ("first", "second")]
    assert high[0] == high[1]
    lab.click("#own")
    assert float(lab.text("[data-map=second] .high")) < float(high[0])


def test_the_heat_is_laid_on_as_the_course_does(lab):
    lab.give(scene())
    for over in ("first", "nothing"):
        lab.run("lab.press('over', arguments[0])", over)
        shown = composed(lab) / 255
        cam = np.array(lab.state("[...lab.answer.first.map]")).reshape(7, 7)
        wanted = overlay(scene(), normalize_map(cam)) if over == "first" else scene() / 255
        assert np.abs(shown - wanted).max() < 0.02
    assert np.abs(overlay(scene(), normalize_map(cam)) - wanted).max() > 0.2


def test_chapters_that_the_page_names_are_there(lab, site):
    links = lab.run("return [...root.querySelectorAll('a')].map((a) => a.getAttribute('href'))")
    assert len(links) >= 6
    assert all((site / "book" / link).resolve().is_file() for link in links)
    captions = lab.run("return [...root.querySelectorAll('figcaption')].map((one) => one.textContent)")
    assert len(captions) == 4
    assert all("does not prove" in caption for caption in captions)


# Feature maps


def test_feature_maps_of_six_depths_and_what_a_value_sees(lab):
    lab.click("#features summary")
    assert lab.text("#channels").startswith("stem: the 24 strongest of 32 maps of 112 × 112")
    means = np.array(lab.state("[...lab.features.features.data]")).reshape(-1, 32).mean(axis=0)
    assert lab.state("lab.features.order") == np.argsort(-means, kind="stable")[:24].tolist()
    sides = []
    for k in range(6):
        lab.run("root.querySelectorAll('[name=depth]')[arguments[0]].click()", k)
        lab.settle()
        sides.append(lab.state("lab.features.features.width"))
    assert sides == [112, 56, 28, 14, 14, 7]
    lab.run("root.querySelectorAll('[name=depth]')[1].click()")
    lab.settle()
    before = lab.pixels("#stage")
    lab.run("root.getElementById('hide').focus(); root.getElementById('sheet').focus()")
    lab.keys(Keys.ARROW_DOWN, *[Keys.ARROW_RIGHT] * 20)
    assert lab.state("lab.features.unit") == {"map": 0, "row": 1, "column": 20}
    assert lab.text("#cursor") == lab.text("#unit")
    assert "row 2, column 21" in lab.text("#unit")
    lab.settle()
    orange = np.all(lab.pixels("#stage") == (255, 159, 28, 255), axis=-1)
    assert orange.any()
    _, across = np.nonzero(orange)
    region = lab.state("lab.stage.region")
    assert abs(across.min() / 3 - region["left"]) <= 1
    assert abs(across.max() / 3 - (region["left"] + region["width"])) <= 1
    lab.click("#hide")
    assert np.array_equal(lab.pixels("#stage"), before)


# Occlusion


def test_occlusion_comes_coarse_to_fine_and_is_ended_by_what_is_done_next(lab):
    lab.click("#occlude")
    assert lab.text("#occlusion-says") == "81 patches, for Egyptian cat."
    assert lab.state("lab.view.maps.occlusion.peak") > 0.05
    lab.click("#top .class:nth-child(2) .versus")  # a second class changes nothing in it
    assert lab.state("lab.view.maps.occlusion.peak") > 0.05
    lab.run(
        "window.steps = 0; lab.client.worker.addEventListener('message', ({data}) => {"
        "steps += data.kind === 'occluded'; })"
    )
    lab.find("#occlude").click()
    lab.says("#occlusion-says", " of 81")
    lab.click("#top .class:nth-child(2) .bar")
    assert 0 < lab.state("steps") < 81  # the worker has stopped
    assert lab.text("#occlusion-says") == "Stopped, because you changed something."
    assert lab.text("[data-map=occlusion] .of") == "not yet computed"


def test_a_map_that_is_not_there_yet_is_made_where_it_is_missed(lab):
    assert lab.text("[data-map=difference] .rival") == "Compare with tiger cat"
    lab.click("[data-map=difference] .rival")
    assert lab.text("[data-map=difference] .of") == "Egyptian cat − tiger cat"
    assert not lab.find("[data-map=second] .rival").is_displayed()
    lab.take("espresso")
    assert lab.text("[data-map=second] .of") == "no second class yet"
    lab.run("lab.press('over', 'second')")
    lab.settle()
    assert lab.text("[data-map=second] .of") == "cup"
    assert lab.state("lab.stage.hot")
    lab.run("lab.press('over', 'occlusion')")
    lab.settle()
    assert lab.text("#occlusion-says") == "81 patches, for espresso."
    lab.take("cat")
    assert lab.run("return root.querySelector('[name=over]:checked').value") == "first"


def test_occlusion_is_ended_by_its_own_button_and_what_is_there_stays(lab):
    lab.find("#occlude").click()
    lab.says("#occlusion-says", " of 81")
    assert lab.text("#occlude") == "Stop"
    lab.click("#occlude")
    said = lab.says("#occlusion-says", "Stopped after")
    assert 0 < int(said.split()[2]) < 81
    assert lab.state("lab.view.maps.occlusion.peak") > 0.05
    assert lab.text("#occlude") == "Cover patch by patch"


def test_each_pixel_has_the_mean_fall_over_the_patches_that_cover_it(lab):
    found = lab.browser.run(
        "return import('../_static/photo/heat.mjs').then(({ Fall }) => { const fall = new Fall(6, 4);"
        "fall.add({top: 0, left: 0, logit: 7, base: 10}); fall.add({top: 2, left: 1, logit: 11, base: 10});"
        "return [...fall.map]; })"
    )
    wanted = np.zeros((6, 6))
    wanted[:4, :4] = 3
    wanted[2:, 1:5] = -1
    wanted[2:4, 1:4] = 1
    assert np.array_equal(np.array(found).reshape(6, 6), wanted)


# Covering


@pytest.mark.parametrize("fill", ["grey", "blurred", "around"])
def test_what_is_covered_is_gone_for_the_network_and_undo_brings_it_back(lab, fill):
    picture = scene().copy()
    picture[100:124, 100:124] = (255, 0, 255)
    lab.give(picture)
    before, answer = lab.rgb, lab.text("#explained")
    lab.run("lab.press('tool', 'cover'); lab.setBrush(arguments[0], 30)", fill)
    lab.drag((0.5, 0.5), (0.52, 0.5))
    now = lab.rgb
    assert lab.text("#explained") != answer
    away = np.hypot(*(np.mgrid[0:224, 0:224] - 112))
    if fill == "grey":
        assert np.array_equal(np.unique(now[away < 30], axis=0), [[127, 127, 127]])
    elif fill == "around":
        ring = scene()[(away > 36) & (away < 48)].mean(axis=0)
        assert np.abs(now[away < 30] - ring).max() < 8
    else:  # no edges are left
        steps = [np.abs(np.diff(one[95:130, 95:130].astype(int), axis=1)).max() for one in (before, now)]
        assert steps[0] > 100
        assert steps[1] < 15
    assert np.array_equal(now[away > 45], before[away > 45])
    lab.click("#undo")
    assert np.array_equal(lab.rgb, before)
    assert lab.text("#explained") == answer
    assert lab.run("return root.getElementById('undo').disabled")


def test_the_colour_around_is_that_of_what_can_be_seen(lab):
    picture = np.full((224, 224, 3), 60, np.uint8)
    picture[80:144, 112:176] = (255, 0, 255)
    lab.give(picture)
    lab.run("lab.press('tool', 'cover'); lab.setBrush('grey', 45); lab.stage.stroke({x: 144 / 224, y: 0.5})")
    lab.run("lab.setBrush('around', 20); lab.stage.stroke({x: 94 / 224, y: 0.5})")
    lab.settle()
    assert np.abs(lab.rgb[112, 80].astype(int) - 60).max() <= 1  # nothing of what the disc covers


def test_what_is_undone_does_not_stay_below_the_next_strokes(lab):
    lab.give(scene())
    lab.run("lab.press('tool', 'cover'); lab.setBrush('grey', 20)")
    lab.run("for (const x of [0.2, 0.5, 0.8]) lab.stage.stroke({x, y: 0.5})")
    lab.settle()
    lab.run("const { cover } = lab.stage; cover.undo(); cover.undo()")  # faster than it is painted
    lab.run(
        "for (const x of [0.2, 0.8]) lab.stage.cover.begin('grey', 20, {x: 224 * x, y: 40}, lab.stage.view)"
    )
    lab.run("lab.stage.update()")
    lab.settle()
    assert np.array_equal(lab.rgb[112, 112], scene()[112, 112])
    assert lab.rgb[40, 45].tolist() == lab.rgb[40, 179].tolist() == lab.rgb[112, 45].tolist() == [127] * 3


def test_covering_with_the_keyboard_is_said_and_stays_where_it_was_when_the_photograph_moves(lab):
    lab.give(scene())
    lab.run("lab.press('tool', 'cover'); root.getElementById('stage').focus()")
    lab.keys(*[Keys.ARROW_LEFT] * 7, Keys.SPACE)
    assert lab.text("#cursor") == "Brush down. 25% across, 50% down"
    lab.keys(*[Keys.ARROW_UP] * 7, Keys.SPACE)
    assert lab.text("#cursor").startswith("Brush lifted")
    lab.settle()
    assert lab.rgb[112, 56].tolist() == lab.rgb[56, 56].tolist() == [127, 127, 127]
    lab.run("lab.stage.view.zoom(2, 0, 0); lab.stage.update()")
    lab.settle()
    assert lab.rgb[112, 112].tolist() == [127, 127, 127]
    ActionChains(lab.browser.driver).key_down(Keys.CONTROL).send_keys("z").key_up(Keys.CONTROL).perform()
    lab.settle()
    assert lab.text("#cursor") == "The last stroke is undone."
    assert lab.state("lab.stage.cover.strokes.length") == 0


# Random weights


def test_random_weights_change_the_maps_and_the_trained_ones_stand_beside_them(lab):
    trained = np.maximum(lab.state("[...lab.answer.first.map]"), 0)
    before = lab.top(10)
    lab.run("root.getElementById('random').focus()")
    lab.keys(Keys.ARROW_RIGHT)
    lab.settle()
    assert lab.text("#random-value") == "1 of 50, down to preds"
    assert "the answer of the trained network" in lab.text("#explained")
    assert lab.state("lab.names[lab.answer.first.index]") == "Egyptian cat"
    now = np.maximum(lab.state("[...lab.answer.first.map]"), 0)
    said = lab.text("[data-map=first] .trained span").split()[-1].replace("−", "-")
    assert float(said) == pytest.approx(np.corrcoef(now, trained)[0, 1], abs=0.006)
    assert "1 layer has random weights" in lab.says("#news", "random weights")
    lab.keys(Keys.ARROW_LEFT)
    lab.settle()
    assert lab.top(10) == before
    assert lab.run("return root.querySelector('[data-map=first] .trained').hidden")


# Saving

CAUGHT = """
HTMLAnchorElement.prototype.click = function () { window.caught = [this.href, this.download]; };
const saved = lab.save().then(() => fetch(caught[0])).then((answer) => answer.blob());
return saved.then((blob) => new Promise((done) => {
  const reader = new FileReader();
  reader.onload = () => done([caught[1], reader.result]);
  reader.readAsDataURL(blob);
}));
"""


def test_the_saved_picture_has_its_map_and_says_what_it_shows(lab):
    lab.give(scene(700, 900), "My holiday.png")
    name, url = lab.run(CAUGHT)
    what = lab.state("lab.names[lab.answer.first.index]")
    assert name == f"my-holiday-grad-cam-{re.sub('[^a-z0-9]+', '-', what.lower())}.png"
    picture = decoded(url)
    assert picture.shape[1] == 700
    shown = composed(lab)
    small = np.array(Image.fromarray(picture[:700]).resize((224, 224), Image.Resampling.BOX))
    assert np.abs(small[..., :3].astype(int) - shown).mean() < 4
    line = picture[705:, :, 0]
    assert np.mean(line < 128) > 0.01  # there is text
    assert f"Grad-CAM of {what}" in lab.state("lab.caption")
    assert "no proof" in lab.state("lab.caption")


# Three things to try


def test_the_things_to_try_come_out_as_they_say(lab):
    trials = lab.run("return [...root.querySelectorAll('[data-trial] p')].map((p) => p.textContent)")
    page = (ROOT / "book" / "photo.md").read_text()
    assert len(trials) == 3

    lab.click("[data-trial='0'] button")
    assert lab.top()[0] == ("red fox", pytest.approx(81, abs=2))
    lab.keys("0")
    lab.settle()
    assert lab.top()[0] == ("Egyptian cat", pytest.approx(40, abs=2))
    lab.click("[data-trial='1'] button")
    assert lab.top()[0] == ("gasmask", pytest.approx(31, abs=2))
    lab.click("#undo")
    assert lab.top()[0] == ("military uniform", pytest.approx(31, abs=2))
    lab.run("lab.setBrush('blurred', 34); lab.stage.stroke({x: 0.48, y: 0.5})")
    lab.settle()
    assert lab.top()[0] == ("bow tie", pytest.approx(21, abs=3))
    lab.click("[data-trial='2'] button")
    said = lab.text("[data-map=first] .trained span").split()[-1]
    assert float(said) == pytest.approx(0.85, abs=0.03)
    lab.run("lab.forget(1)")
    lab.settle()
    said = lab.text("[data-map=first] .trained span").split()[-1].replace("−", "-")
    assert float(said) == pytest.approx(-0.25, abs=0.03)
    for number in ("81%", "40%", "31%", "21%", "0.85", "−0.25"):
        assert number in page
        assert number in " ".join(trials)
