"""The reader of PyTorch files: right values from a right file, and nothing runs, whatever a file says."""

import collections
import os
import pickle
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from helpers.pytorch_file import HEADER, read_pytorch_file

VALUES = np.arange(24, dtype=np.float32)


# Files, byte by byte: PyTorch is not needed to write one either


def text(words):
    return b"X" + struct.pack("<I", len(words)) + words.encode()


def number(value):
    return b"J" + struct.pack("<i", value)


def row(*parts):
    return b"(" + b"".join(parts) + b"t"


def numbers(values):
    return row(*map(number, values))


def name(module, attribute):
    return f"c{module}\n{attribute}\n".encode()


FLOATS, REBUILD = name("torch", "FloatStorage"), name("torch._utils", "_rebuild_tensor_v2")
EMPTY = name("collections", "OrderedDict") + b")R"


def storage(key="7", count=24, kind=FLOATS):
    return row(text("storage"), kind, text(key), text("cpu"), number(count), b"N") + b"Q"


def tensor(shape=(2, 3, 4), strides=(12, 4, 1), offset=0, values=None):
    arguments = (values or storage(), number(offset), numbers(shape), numbers(strides), b"\x89", EMPTY)
    return REBUILD + row(*arguments) + b"R"


def table(**entries):
    return EMPTY + b"(" + b"".join(text(key) + value for key, value in entries.items()) + b"u"


def pickled(body):
    return b"\x80\x02" + body + b"."


def stored(values=VALUES):
    return struct.pack("<q", values.size) + values.tobytes()


def weights(body, keys=("7",), values=None):
    """A whole file: what its first pickle makes, the keys of its values, the values."""
    listed = b"](" + b"".join(map(text, keys)) + b"e"
    return HEADER + pickled(body) + pickled(listed) + (stored() if values is None else values)


@pytest.fixture
def read(tmp_path):
    """Read some bytes as a file."""

    def read(content):
        path = tmp_path / "weights.pth"
        path.write_bytes(content)
        return read_pytorch_file(path)

    return read


@pytest.fixture
def refusal(read):
    """Read some bytes that are to be refused, with little memory, and give the one line."""

    def refusal(content):
        tracemalloc.start()
        try:
            with pytest.raises(ValueError, match=r"^weights\.pth cannot be read: ") as raised:
                read(content)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 60 * len(content) + 1_000_000
        assert "\n" not in str(raised.value)
        return str(raised.value).removeprefix("weights.pth cannot be read: ")

    return refusal


# What it reads


def test_values_have_their_names_shapes_and_order(read):
    other = np.array([5], np.int64)
    counter = tensor((), (), 0, storage("9", 1, name("torch", "LongStorage")))
    content = weights(
        table(a=tensor(), b=tensor((4, 3), (1, 4), 12), count=counter), ("9", "7"), stored(other) + stored()
    )
    found = read(content)
    assert list(found) == ["a", "b", "count"]
    assert np.array_equal(found["a"], VALUES.reshape(2, 3, 4))
    assert np.array_equal(found["b"], VALUES[12:].reshape(3, 4).T)
    assert (found["count"], found["count"].dtype, found["a"].dtype) == (5, np.int64, np.float32)
    assert not found["a"].flags.writeable


def test_versions_that_pytorch_adds_to_a_table_are_left_out(read):
    versions = row(text("_metadata"), EMPTY + text("") + b"}" + text("version") + number(1) + b"ss")
    state = b"}" + text("_metadata") + versions + b"s"
    assert list(read(weights(table(a=tensor()) + state + b"b"))) == ["a"]


# What could run


class Trick:
    """An object whose pickle is a call; what it calls may be what another call gives."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call

    def __call__(self):
        """Nothing: pickle wants to see that it can be called."""


class Dictionary(collections.OrderedDict):
    """A table of weights by its looks."""

    def __reduce__(self):
        return os.system, ("touch ran",)


def calls():
    """Objects whose pickles leave a file named "ran" behind when Python's own reader reads them."""
    line = "open('ran', 'w').close()"
    nested = pickle.dumps(Trick(os.system, "touch ran"))
    return {
        "os.system": Trick(os.system, "touch ran"),
        "builtins.eval": Trick(eval, line),
        "builtins.exec": Trick(exec, line),
        "builtins.getattr": Trick(Trick(getattr, Path, "touch"), Path("ran")),
        "a subclass": Dictionary(),
        "a nested pickle": Trick(pickle.loads, nested),
        "among the weights": collections.OrderedDict(a=Trick(os.system, "touch ran")),
    }


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", calls())
def test_what_python_would_run_is_refused_and_does_not_run(refusal, monkeypatch, tmp_path, kind, protocol):
    monkeypatch.chdir(tmp_path)
    content = pickle.dumps(calls()[kind], protocol)
    assert refusal(HEADER + content).startswith(("it names ", "it has the instruction "))
    assert not (tmp_path / "ran").exists()
    pickle.loads(content)  # the payload is a live one
    assert (tmp_path / "ran").exists()


NAMES = {
    "os.system": name("os", "system"),
    "posix.system": name("posix", "system"),
    "builtins.eval": name("builtins", "eval"),
    "builtins.getattr": name("builtins", "getattr"),
    "pickle.loads": name("pickle", "loads"),
    "collections.Counter": name("collections", "Counter"),
    "collections.OrderedDict.__init__": name("collections", "OrderedDict.__init__"),
    "torch._utils._rebuild_parameter": name("torch._utils", "_rebuild_parameter"),
    "torch.HalfStorage": name("torch", "HalfStorage"),
    "helpers.pytorch_file.read_pytorch_file": name("helpers.pytorch_file", "read_pytorch_file"),
}


@pytest.mark.parametrize("wanted", NAMES)
def test_a_name_that_weights_do_not_need_is_refused_and_told(refusal, wanted):
    body = table(a=tensor(), b=NAMES[wanted] + row(text("touch ran")) + b"R")
    assert refusal(weights(body)) == f"it names {wanted!r}, and weights need no such thing"


INSTRUCTIONS = {
    "EXT1": b"\x82\x01",
    "EXT2": b"\x83\x01\x00",
    "EXT4": b"\x84\x01\x00\x00\x00",
    "INST": b"(ios\nsystem\n",
    "OBJ": b"(" + name("collections", "OrderedDict") + b"o",
    "NEWOBJ": name("collections", "OrderedDict") + b")\x81",
    "STACK_GLOBAL": text("os") + text("system") + b"\x93",
    "PERSID": b"P7\n",
    "DICT": b"(d",
    "BINBYTES": b"B" + struct.pack("<I", 3) + b"abc",
    "BYTEARRAY8": b"\x96" + struct.pack("<Q", 3) + b"abc",
    "LONG4": b"\x8b" + struct.pack("<i", 4) + b"\x01\x00\x00\x00",
    "DUP": b"N2",
    "POP": b"N0",
}


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_an_instruction_that_weights_do_not_need_is_refused_and_told(refusal, instruction):
    found = refusal(weights(INSTRUCTIONS[instruction]))
    assert found == f"it has the instruction {instruction}, and weights need no such thing"


MISUSED = {
    "a call of text": text("torch._utils _rebuild_tensor_v2") + row() + b"R",
    "a call of a storage": FLOATS + b")R",
    "a call of a table": EMPTY + b")R",
    "a table of something": name("collections", "OrderedDict") + row(text("abc")) + b"R",
    "a call with a list": name("collections", "OrderedDict") + b"]R",
    "a tensor of nothing": REBUILD + b")R",
    "a tensor of text": tensor(values=text("storage")),
    "state for a name": REBUILD + b"}b",
    "state for a tensor": table(a=tensor() + b"}b"),
    "state that is text": EMPTY + text("state") + b"b",
    "a storage that is text": text("storage") + b"Q",
    "a storage with a view": row(text("storage"), FLOATS, text("7"), text("cpu"), number(1), row()) + b"Q",
    "a storage of a table": storage(kind=name("collections", "OrderedDict")),
    "items for text": text("abc") + b"(" + text("a") + tensor() + b"u",
    "items for a table, as if it were a list": EMPTY + b"(" + text("a") + b"e",
    "a key that is a number": EMPTY + b"(" + number(1) + tensor() + b"u",
    "a key without a value": EMPTY + b"(" + text("a") + b"u",
    "nothing on the stack": b"R",
    "no mark": text("a") + b"t",
    "a mark above what is left": b"N(Q",
    "two results": b"NN",
    "no result": b"",
    "an empty place of the memory": b"h\x05",
    "another thing in the place of a name": REBUILD
    + b"q\x05"
    + text("os system")
    + b"q\x05h\x05"
    + row(text("touch ran"))
    + b"R",
    "a size that is text": tensor().replace(number(12), text("12")),
    "a number of axes that strides do not have": tensor((2, 3), (12, 4, 1)),
    "a negative size": tensor((-2, 3, 4)),
    "a negative stride": tensor((2, 3, 4), (-12, 4, 1)),
    "nine axes": tensor((1,) * 9, (1,) * 9),
    "text that is none": b"X" + struct.pack("<I", 2) + b"\xff\xfe",
    "no pickle": b"\xff\xff",
}


@pytest.mark.parametrize("case", MISUSED)
def test_instructions_that_make_no_sense_are_refused(refusal, case):
    assert refusal(weights(MISUSED[case])) == "it is cut off, or makes no sense"


def test_things_that_are_no_weights_are_refused(refusal):
    for body in (b"N", b"]", text("a"), tensor(), table(a=text("cos\nsystem\n")), table(a=EMPTY)):
        assert refusal(weights(body)) == "it holds something else than names and tensors"


@pytest.mark.parametrize(
    "wrong",
    [tensor((2, 3, 4), (12, 4, 2)), tensor(offset=1), tensor((25,), (1,)), tensor((25,), (0,))],
    ids=["steps", "offset", "size", "size without steps"],
)
def test_a_tensor_does_not_reach_into_the_values_of_another(refusal, wrong):
    content = weights(table(a=wrong, b=tensor(values=storage("9"))), ("7", "9"), stored() + stored())
    assert refusal(content) == "a tensor is larger than its values"


# What could take all memory, or all time


def nested_pairs(depth):
    """A pair of twice the same pair, and so on: 2 ** depth long if one went through it."""
    return b"Nq\x00" + b"".join(
        b"h" + bytes([k]) + b"h" + bytes([k]) + b"\x86q" + bytes([k + 1]) for k in range(depth)
    )


HUGE = {
    "text": b"X" + struct.pack("<I", 2**32 - 1) + b"abc",
    "bytes": b"\x8e" + struct.pack("<Q", 2**62) + b"abc",
    "a whole number": b"\x8b" + struct.pack("<i", 2**31 - 1) + b"abc",
    "a frame": b"\x95" + struct.pack("<Q", 2**62),
    "values": table(a=tensor(values=storage(count=2**31 - 1))),
    "sizes": table(a=tensor((2**31 - 1,) * 8, (1,) * 8)),
    "sizes without steps": table(a=tensor((2**31 - 1,) * 8, (0,) * 8)),
    "a step": table(a=tensor((2, 3, 4), (2**31 - 1, 4, 1))),
    "an offset": table(a=tensor(offset=2**31 - 1)),
    "a step beyond the values": table(a=tensor((2, 3, 4), (12, 4, 2))),
    "an offset beyond the values": table(a=tensor(offset=1)),
    "a key": EMPTY + nested_pairs(100) + tensor() + b"s",
    "a call": name("collections", "OrderedDict") + nested_pairs(100) + b"R",
    "a storage": nested_pairs(100) + b"Q",
    "depth": b"N" + 100_000 * b"\x85",
}


@pytest.mark.slow
@pytest.mark.parametrize("case", HUGE)
def test_huge_things_are_refused_without_making_them(refusal, case):
    refusal(weights(HUGE[case]))


def test_a_far_place_of_the_memory_costs_nothing(read):
    place = struct.pack("<I", 2**32 - 1)
    shared = table(a=tensor() + b"r" + place, b=b"j" + place)
    tracemalloc.start()
    found = read(weights(shared))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.array_equal(found["a"], found["b"])
    assert peak < 1_000_000


# What is not whole


def test_a_file_that_is_cut_anywhere_is_refused(read):
    content = weights(table(a=tensor()))
    assert list(read(content)) == ["a"]
    for length in range(len(content)):
        with pytest.raises(ValueError, match=r"^weights\.pth cannot be read: "):
            read(content[:length])


@pytest.mark.parametrize("count", [23, 25, 0, -1, 2**62, -(2**63)])
def test_a_wrong_count_is_refused_and_told(refusal, count):
    values = struct.pack("<q", count) + VALUES.tobytes()
    found = refusal(weights(table(a=tensor()), values=values))
    assert found == f"{count} values follow where 24 should"


@pytest.mark.parametrize("keys", [(), ("8",), ("7", "7"), ("7", "8")])
def test_values_that_no_tensor_asks_for_are_refused(refusal, keys):
    found = refusal(weights(table(a=tensor()), keys))
    assert found == "the values that it lists are not those of its tensors"


def test_something_after_the_end_is_refused(refusal):
    assert (
        refusal(weights(table(a=tensor())) + b"\0") == "it is cut off, or something follows after its values"
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", pickle.dumps({}), b"\x80\x02" + bytes(200)])
def test_a_file_of_another_kind_is_refused(refusal, content):
    assert refusal(content) == "it does not begin as PyTorch's files of the old kind do"
