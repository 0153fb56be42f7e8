"""Read the weights in a PyTorch file of the old kind (before 1.6), without PyTorch.

Such a file is a pickle, and a pickle is a program: Python's own reader would look up whatever name
it holds, and call it. The machine below knows the few instructions that weights need. It makes text,
whole numbers, tuples, lists, dictionaries and descriptions of tensors, it compares names with the
four that are allowed, and it never looks one up. So nothing in a file can run, whoever made it.
"""

import io
import math
import pickle
import pickletools
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np

DICTIONARY, TENSOR = "collections OrderedDict", "torch._utils _rebuild_tensor_v2"
STORAGES = {"torch FloatStorage": np.dtype("<f4"), "torch LongStorage": np.dtype("<i8")}
HEADER = b"".join(
    pickle.dumps(part, protocol=2)
    for part in (
        0x1950A86A20F9469CFC6C,  # PyTorch's magic number
        1001,
        {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}},
    )
)


class _Refused(ValueError):
    """The file is not what it should be; the message says how."""


class _Name(str):
    """One of the allowed names: a text that the file cannot make."""


class _Storage(NamedTuple):
    dtype: np.dtype
    key: str
    count: int


class _Tensor(NamedTuple):
    storage: _Storage
    offset: int
    shape: tuple
    strides: tuple


def read_pytorch_file(path):
    """Read a file of weights: a dictionary from names to arrays, which are read-only."""
    path = Path(path)
    try:
        return _read(path.read_bytes())
    except _Refused as problem:
        raise ValueError(f"{path.name} cannot be read: {problem}") from None
    except (ValueError, IndexError, KeyError, TypeError, struct.error) as problem:
        raise ValueError(f"{path.name} cannot be read: it is cut off, or makes no sense") from problem


def _read(content):
    if not content.startswith(HEADER):
        raise _Refused("it does not begin as PyTorch's files of the old kind do")
    stream = io.BytesIO(content)
    stream.seek(len(HEADER))
    tensors, keys = _run(stream), _run(stream)
    if type(tensors) is not dict or any(type(tensor) is not _Tensor for tensor in tensors.values()):
        raise _Refused("it holds something else than names and tensors")
    storages = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    if type(keys) is not list or set(map(type, keys)) - {str} or sorted(keys) != sorted(storages):
        raise _Refused("the values that it lists are not those of its tensors")
    starts, position = {}, stream.tell()
    for key in keys:
        dtype, _, count = storages[key]
        (found,) = struct.unpack_from("<q", content, position)  # an int64 before the values
        if found != count:
            raise _Refused(f"{found} values follow where {count} should")
        starts[key] = position + 8
        position += 8 + count * dtype.itemsize
    if position != len(content):
        raise _Refused("it is cut off, or something follows after its values")
    return {name: _view(content, starts[tensor.storage.key], tensor) for name, tensor in tensors.items()}


def _view(content, start, tensor):
    """The values of a tensor, where they lie in the file."""
    dtype, _, count = tensor.storage
    last = tensor.offset + sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides, strict=True))
    if last >= count or math.prod(tensor.shape) > count:
        raise _Refused("a tensor is larger than its values")
    strides = tuple(step * dtype.itemsize for step in tensor.strides)
    return np.ndarray(tensor.shape, dtype, content, start + tensor.offset * dtype.itemsize, strides)


def _run(stream):
    """Carry out one pickle, instruction by instruction, and give what it leaves on the stack."""
    stack, marks, memo = [], [], {}

    def take(count):
        if not 0 <= count <= len(stack):
            raise IndexError
        taken = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        return taken

    def take_to_mark():
        return take(len(stack) - marks.pop())

    for instruction, argument, _ in pickletools.genops(stream):
        match instruction.name:
            case "PROTO" | "STOP":
                pass
            case "NONE" | "NEWFALSE":
                stack.append(None if instruction.name == "NONE" else False)
            case "BINUNICODE" | "BININT" | "BININT1" | "BININT2":
                stack.append(argument)
            case "MARK":
                marks.append(len(stack))
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(take(int(instruction.name[-1]))))
            case "TUPLE":
                stack.append(tuple(take_to_mark()))
            case "EMPTY_LIST":
                stack.append([])
            case "APPENDS":
                items = take_to_mark()
                _expect(stack[-1], list).extend(items)
            case "EMPTY_DICT":
                stack.append({})
            case "SETITEM" | "SETITEMS":
                items = take(2) if instruction.name == "SETITEM" else take_to_mark()
                names = [_expect(name, str) for name in items[::2]]
                _expect(stack[-1], dict).update(zip(names, items[1::2], strict=True))
            case "BUILD":  # attributes of an ordered dictionary, such as versions: left out
                _expect(stack.pop(), dict)
                _expect(stack[-1], dict)
            case "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case "GLOBAL":
                if argument not in (DICTIONARY, TENSOR, *STORAGES):
                    raise _Refused(
                        f"it names {argument.replace(' ', '.')[:60]!r}, and weights need no such thing"
                    )
                stack.append(_Name(argument))
            case "BINPERSID":
                stack.append(_storage(*_expect(stack.pop(), tuple)))
            case "REDUCE":
                name, arguments = take(2)
                stack.append(_call(_expect(name, _Name), *_expect(arguments, tuple)))
            case other:
                raise _Refused(f"it has the instruction {other}, and weights need no such thing")
    (result,) = stack
    return result


def _expect(value, kind):
    if type(value) is not kind:
        raise TypeError
    return value


def _call(name, *arguments):
    """What the two names that a file may call stand for: an empty dictionary, a tensor."""
    if name == DICTIONARY and not arguments:
        return {}
    if name != TENSOR:
        raise TypeError
    storage, offset, shape, strides, _, _ = arguments  # and whether it was trained, and its hooks
    sizes = *_expect(shape, tuple), *_expect(strides, tuple), _expect(offset, int)
    if len(shape) != len(strides) or len(shape) > 8 or min(_expect(size, int) for size in sizes) < 0:
        raise TypeError
    return _Tensor(_expect(storage, _Storage), offset, shape, strides)


def _storage(kind, name, key, place, count, view):
    """The values that a tensor is a view of: their type, their key, their number."""
    if kind != "storage" or _expect(count, int) < 0 or view is not None:
        raise TypeError
    return _Storage(STORAGES[_expect(name, _Name)], _expect(key, str), count)
