"""Right and wrong answers to the exercises of chapter 11."""

import numpy as np

from helpers import checks


def kinds(eigenvalues, most=8):
    return int(np.argmax(np.diff(eigenvalues[: most + 1]))) + 1


RIGHT = {
    checks.check_count_kinds: [kinds, lambda values: np.float32(kinds(values))],
    checks.check_fifth_network: [(2, "top"), [np.int64(2), "top"]],
}
WRONG = {
    checks.check_count_kinds: [
        (lambda: lambda values: kinds(values) - 1, "count the eigenvalues before the gap: there are two"),
        (lambda: lambda values: kinds(values) + 1, "not the one behind it"),
        (lambda: lambda values: kinds(values, 99), "only the gaps after the first eight count"),
        (lambda: lambda values: kinds(values, 9), "only the gaps after the first eight count"),
        (lambda: lambda values: int(np.sum(values < 0.1)), "gap that counts comes after the fifth"),
        (lambda: lambda values: kinds(values, 7), "the gap after the eighth still counts"),
        (lambda: lambda values: max(2, kinds(values)), "one kind of reason is an answer as well"),
    ],
    checks.check_fifth_network: [
        (lambda: 2, "a class and a place are needed"),
        (lambda: (12, "top"), "the class is a digit, 0 to 9, not 12"),
        (lambda: (2, "corner"), "the place is one of top, bottom"),
        (lambda: (8, "top"), "class 8 has nothing to hide"),
        (lambda: (2, "bottom"), "the class is right, but its hint is not there"),
    ],
}
