"""Answers that nobody hands in: made-up submissions to an assignment, and what each should get."""

import nbformat

RIGHT = {
    "check_calibration": """def my_calibration_error(confidence, right, edges):
    bins = np.digitize(confidence, edges[1:-1], right=True)
    sums = [abs((confidence[bins == k] - right[bins == k]).sum()) for k in range(len(edges) - 1)]
    return sum(sums) / len(confidence)
""",
    "check_confused_pair": """def my_most_confused_pair(counts):
    both = np.triu(counts + counts.T, k=1)
    return np.unravel_index(both.argmax(), both.shape)
""",
    "check_abstain": """def my_share_left_out(confidences, right, wanted):
    ordered = right[np.argsort(confidences)]
    shares = [k / len(right) for k in range(len(right)) if ordered[k:].mean() >= wanted]
    return shares[0] if shares else 1.0
""",
}
FIRST = "check_calibration"  # the exercise that each of these answers in its own way; the rest is right
ANSWERS = {
    "right": (RIGHT[FIRST], 30),
    "wrong": ("def my_calibration_error(confidence, right, edges):\n    return 0.0\n", 20),
    "fits-the-check-only": (RIGHT[FIRST].replace("len(confidence)", "60"), 24),
    "a-number": ("my_calibration_error = 0.0337", 20),
    "not-answered": ("my_calibration_error = ...", 20),
    "renamed": (RIGHT[FIRST].replace("my_calibration", "the_calibration"), 20),
    "does-not-parse": ("def my_calibration_error(confidence, right, edges:\n    return 0\n", 20),
    "raises-at-import": ("import no_such_package\n" + RIGHT[FIRST], 20),
    "raises-when-called": ("def my_calibration_error(*given):\n    raise ValueError('no')\n", 20),
    "leaves": ("import os\nos._exit(0)", 20),
    "leaves-when-called": ("def my_calibration_error(*given):\n    import os\n    os._exit(0)\n", 20),
    "endless": ("while True:\n    pass", 20),
    "endless-when-called": ("def my_calibration_error(*given):\n    while True:\n        pass\n", 20),
    "prints-100-MB": ("print('x' * 100_000_000)\n" + RIGHT[FIRST], 30),
    "prints-300-MB": ("print('x' * 300_000_000)\n" + RIGHT[FIRST], 30),
    "prints-without-end": ("while True:\n    print('x' * 10_000)", 20),
    "takes-all-memory": ("kept = []\nwhile True:\n    kept.append(bytearray(10**8))", 20),
    "many-processes": (
        "import os, time\nwhile True:\n    if os.fork() == 0:\n        time.sleep(600)\n        os._exit(0)",
        20,
    ),
    "reads-the-tests": (
        """import os, sys
found = []
for folder, folders, files in os.walk('/'):
    own = ('proc', 'usr', 'dev', 'share', 'lib')
    folders[:] = [f for f in folders if f not in own]
    found += [f'{folder}/{f}' for f in files if f.endswith(('.ipynb', '.db')) or 'hidden' in f + folder]
print('files:', found)

def my_calibration_error(confidence, right, edges):
    frame, seen = sys._getframe(), []
    while frame:
        seen += [name for name in frame.f_locals if name in ('expected', 'from_middle', 'turned')]
        frame = frame.f_back
    print('frames:', seen, 'cells:', [k for k, text in enumerate(In) if 'HIDDEN' in text])
    return 0.0
""",
        20,
    ),
    "says-it-passed": (
        """from helpers import checks
import helpers.checks.shared as shared
checks.check_calibration = shared.require = lambda *given: None
get_ipython().showtraceback = lambda *given, **more: None
class Equal(float):
    def __eq__(self, other): return True
def my_calibration_error(*given): return Equal(0)
""",
        20,
    ),
    "calls-home": (
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:8000', timeout=5)\n" + RIGHT[FIRST],
        20,
    ),
    "changes-the-tests": (RIGHT[FIRST], 30),  # see `submit`
}


def submit(release, folder, student, answer):
    """Hand in a released assignment of chapter 2 with an answer to its first exercise and right ones else."""
    notebook = nbformat.read(release, 4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        check = name.removeprefix("answer-")
        if name == f"answer-{FIRST}":
            cell.source = answer
        elif name.startswith("answer-"):
            cell.source = RIGHT[check]
        elif student == "changes-the-tests" and name.startswith(("visible-", "hidden-")):
            cell.source = "import os; os._exit(0)"
    path = folder / "submitted" / student / release.parent.name / release.name
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
