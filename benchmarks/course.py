"""The methods of the course, called as a chapter calls them."""

import helpers


def occlusion(subject, count, patch, stride):
    result = helpers.occlusion(
        subject.model,
        subject.images[0],
        class_index=int(subject.classes[0]),
        patch_size=patch,
        stride=stride,
        baseline=subject.grey,
    )
    return result.maps[0]


def saliency(subject, count):
    return helpers.saliency(subject.model, subject.images, subject.classes)


def smooth_grad(subject, count):
    samples = count // len(subject.images)
    return helpers.smooth_grad(subject.model, subject.images, subject.classes, n_samples=samples)


def integrated_gradients(subject, count):
    steps = count // len(subject.images) - 1  # 64 steps have 65 ends
    return helpers.integrated_gradients(
        subject.model, subject.images, subject.classes, steps=steps
    ).attributions


def grad_cam(subject, count):
    return helpers.grad_cam(subject.model, subject.images, subject.classes)


def score_cam(subject, count):
    return helpers.score_cam(subject.model, subject.images, subject.classes)


def lime(subject, count, cell):
    image = subject.images[0]
    segments = helpers.grid_segments(*image.shape[:2], cell)
    return helpers.lime_image(
        subject.model, image, int(subject.classes[0]), segments, n_samples=count
    ).coefficients


def filters(subject, count, layer, steps):
    size = subject.images.shape[1:3]
    return helpers.maximize_activation(
        subject.model, layer, range(count), steps=steps, image_size=size
    ).images
