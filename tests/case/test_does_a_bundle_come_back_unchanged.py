"""Does a bundle hold what was recorded, and is every other file refused?"""

import copy
import hashlib
import io
import json
import os
import struct
import zipfile
from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest

from convcheck.case.build import build
from convcheck.case.bundle import pack, unpack
from convcheck.case.request import Request
from convcheck.errors import UsageError
from convcheck.results import Dtypes, Output, Quantization


def small(dtype="float32", **changes):
    request = {"input": "random", "input_shape": (1, 5, 6, 2), "kernel_size": (3,)}
    return build(Request(**{**request, "kernel": "random", "input_dtype": dtype, **changes}))


def output(case, name="numpy", dtype="float32", **changes):
    array = np.arange(np.prod(case.output_shape)).reshape(case.output_shape)
    return Output(name=name, call="a call", array=array.astype(dtype), **changes)


def sealed(body):
    """A zip with the seal that we would have given it: somebody forged it."""
    body = body[:-2] + struct.pack("<H", 64)
    return body + hashlib.sha256(body).hexdigest().encode()


def zipped(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def repacked(data, change):
    """The bundle with its manifest changed and sealed again."""
    with np.load(io.BytesIO(data)) as file:
        arrays = {name: file[name] for name in file.files}
    manifest = json.loads(arrays["manifest"].tobytes())
    change(manifest)
    arrays["manifest"] = np.frombuffer(json.dumps(manifest).encode(), np.uint8)
    return sealed(zipped(**arrays))


@pytest.fixture
def read(tmp_path):
    def unpack_bytes(data):
        path = tmp_path / "bundle.npz"
        path.write_bytes(data)
        return unpack(str(path))

    return unpack_bytes


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"bias": "random", "groups": 2, "strides": (2, 1), "padding": ((0, 1), (2, 0))},
        {"transposed": True, "strides": (2,), "output_padding": (1,), "data_format": "NCHW"},
        {"input_shape": (2, 7, 3), "dilations": (2,), "padding": "valid"},
    ],
)
def test_does_a_case_come_back(read, changes):
    case = small(**changes)
    dtypes = Dtypes(input="float32", kernel=None, compute="float32", output="float32")
    given = output(
        *(case, "tf?TF_X=1"), dtypes=dtypes, versions={"tf": "2"}, device="CPU", seconds=0.5
    )
    bundle = read(pack(case, [given], "9.9"))
    back = bundle.case
    assert (back.spec, back.data_format, back.sources) == (
        *(case.spec, case.data_format),
        case.sources,
    )
    for one, other in ((back.input, case.input), (back.kernel, case.kernel)):
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()
    assert (back.bias is None) == (case.bias is None)
    (found,) = bundle.outputs
    assert found.array.tobytes() == given.array.tobytes()
    assert vars(found) | {"array": None} == vars(given) | {"array": None}


@pytest.mark.parametrize(
    "dtype", ["bfloat16", "float16", "float64", "uint8", "int64", ">f8", ">i2"]
)
def test_does_a_dtype_come_back(read, dtype):
    dtype = np.dtype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    case = small()
    array = np.array([-3.5, 0, 1, 7, 100]).astype(dtype)
    recorded = Output(name="numpy", call="a call", array=array)
    (found,) = read(pack(case, [recorded], "1")).outputs
    assert found.array.dtype == dtype
    assert found.array.tobytes() == array.tobytes()


def test_are_nans_infinities_and_signed_zeros_kept(read):
    case = small()
    array = np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324])
    (found,) = read(pack(case, [Output(name="x", call="x", array=array)], "1")).outputs
    assert found.array.tobytes() == array.tobytes()


def test_are_rows_without_an_array_left_out(read):
    case = small()
    rows = [Output(name="torch", call="x", message="not here"), output(case)]
    assert [row.name for row in read(pack(case, rows, "1")).outputs] == ["numpy"]


def test_can_any_numpy_read_it():
    case = small("bfloat16")
    with np.load(io.BytesIO(pack(case, [output(case)], "1"))) as file:
        assert set(file.files) == {"manifest", "input", "kernel", "output_0"}
        assert np.array_equal(file["kernel"], case.kernel)


def places(length):
    """Bytes to change: both ends whole, where the header, the directory and the seal are."""
    return [*range(200), *range(200, length - 700, 37), *range(length - 700, length)]


@pytest.mark.slow
def test_is_every_changed_byte_found(read):
    case = small()
    data = pack(case, [output(case)], "1")
    for place in places(len(data)):
        for flip in (0x01, 0x20, 0x80):
            changed = bytearray(data)
            changed[place] ^= flip
            with pytest.raises(UsageError, match=r"changed or cut short|not a bundle"):
                read(bytes(changed))


def test_would_an_unchanged_one_be_read(read):
    case = small()
    data = pack(case, [output(case)], "1")
    assert read(repacked(data, lambda manifest: None)).outputs[0].name == "numpy"


@pytest.mark.parametrize("length", [0, 1, 2, 63, 64, 65, 66, 1000, -1, -64, -65, -500])
def test_is_a_file_cut_short_found(read, length):
    case = small()
    with pytest.raises(UsageError, match=r"cut short|not a bundle"):
        read(pack(case, [output(case)], "1")[:length])


def test_is_a_file_that_goes_on_found(read):
    case = small()
    with pytest.raises(UsageError, match="changed or cut short"):
        read(pack(case, [output(case)], "1") + b"\n")


def encrypted():
    data = bytearray(sealed(zipped(manifest=np.zeros(3, np.uint8))))[:-66]
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(signature) + at] |= 1
    return sealed(bytes(data) + b"\0\0")


def text_in_a_zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("hello.txt", "hello")
    return buffer.getvalue()


NO_BUNDLES = {
    "text": b"import numpy as np\n" * 100,
    "empty": b"",
    "a zip": text_in_a_zip(),
    "somebody's npz": zipped(a=np.arange(3)),
    "a sealed zip": sealed(text_in_a_zip()),
    "a sealed npz": sealed(zipped(a=np.arange(3))),
    "pickled objects": sealed(zipped(manifest=np.array([{"a": 1}], object))),
    "no JSON": sealed(zipped(manifest=np.frombuffer(b"{'a'", np.uint8))),
    "a list": sealed(zipped(manifest=np.frombuffer(b"[1]", np.uint8))),
    "deep JSON": sealed(zipped(manifest=np.frombuffer(b"[" * 99999, np.uint8))),
    "another schema": sealed(zipped(manifest=np.frombuffer(b'{"schema": "a/1"}', np.uint8))),
    "encrypted": encrypted(),
    "sealed text": sealed(b"no zip at all" + b"\0\0"),
}


@pytest.mark.parametrize("what", NO_BUNDLES)
def test_is_what_is_no_bundle_refused_in_one_line(read, what):
    with pytest.raises(UsageError) as refused:
        read(NO_BUNDLES[what])
    assert "bundle" in str(refused.value)
    assert len(str(refused.value)) < 500


def test_are_pickled_objects_never_loaded(read, tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "sprung"),))

    data = sealed(zipped(manifest=np.array([Trap()], object)))
    with pytest.raises(UsageError, match="allow_pickle"):
        read(data)
    assert not (tmp_path / "sprung").exists()
    np.load(io.BytesIO(data), allow_pickle=True)["manifest"]  # the trap works
    assert (tmp_path / "sprung").exists()


FORGED = {
    "an unknown array": lambda manifest: manifest["dtypes"].update(output_7="float32"),
    "an unknown dtype": lambda manifest: manifest["dtypes"].update(input="float31"),
    "no kernel": lambda manifest: manifest["dtypes"].pop("kernel"),
    "no output array": lambda manifest: manifest["dtypes"].pop("output_0"),
    "no spec": lambda manifest: manifest.pop("spec"),
    "another spec": lambda manifest: manifest["spec"].update(kernel_size=[5, 5]),
    "an unknown key": lambda manifest: manifest["outputs"][0].update(nonsense=1),
    "no outputs": lambda manifest: manifest["outputs"].clear(),
    "257 outputs": lambda manifest: manifest.update(outputs=manifest["outputs"] * 257),
    "a padding of 2^31": lambda manifest: manifest["spec"].update(padding=[[2**31, 0]] * 2),
    "a padding of 10^4": lambda manifest: manifest["spec"].update(padding=[[10**4, 0]] * 2),
    "a padding of 10^6": lambda manifest: manifest["spec"].update(padding=[[10**6, 0]] * 2),
    "infinite seconds": lambda manifest: manifest["outputs"][0].update(seconds=float("inf")),
    "seconds without a number": lambda manifest: manifest["outputs"][0].update(seconds=np.nan),
    "a number for a name": lambda manifest: manifest["outputs"][0].update(name=7),
    "versions in a list": lambda manifest: manifest["outputs"][0].update(versions=["1"]),
    "no observed dtype": lambda manifest: manifest["outputs"][0]["dtypes"].update(input=""),
    "an unknown format": lambda manifest: manifest["outputs"][0]["dtypes"].update(compute="f31"),
    "four sources": lambda manifest: manifest["sources"].append("x"),
}


@pytest.mark.parametrize("what", FORGED)
def test_is_a_manifest_that_does_not_fit_refused(read, what):
    case = small()
    data = repacked(pack(case, [output(case)], "1"), FORGED[what])
    with pytest.raises(UsageError):
        read(data)


def paths(part, path=()):
    """The place of every value in a document."""
    yield path
    inner = (
        part.items()
        if isinstance(part, dict)
        else enumerate(part)
        if isinstance(part, list)
        else ()
    )
    for key, value in inner:
        yield from paths(value, (*path, key))


@pytest.mark.parametrize("value", [None, True, -1, 10**30, 1.5, "x", [], {}, [[]], {"a": 1}])
def test_is_a_wrong_value_anywhere_in_a_manifest_no_traceback(read, value):
    case = small(bias="random", transposed=True, output_padding=(0,))
    data = pack(case, [output(case, versions={"numpy": "2"})], "1")
    with np.load(io.BytesIO(data)) as file:
        arrays = {name: file[name] for name in file.files}
    whole = json.loads(arrays["manifest"].tobytes())
    refused = []
    for path in [*paths(whole)]:
        manifest = changed_at(copy.deepcopy(whole), path, value)
        arrays["manifest"] = np.frombuffer(json.dumps(manifest).encode(), np.uint8)
        try:
            read(sealed(zipped(**arrays)))
        except UsageError as error:
            refused.append(str(error))
    assert len(refused) > 25
    assert max(map(len, refused)) < 500
    assert all(map(str.isprintable, refused))


def changed_at(document, path, value):
    if not path:
        return value
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return document


def test_are_texts_cleaned(read):
    def change(manifest):
        manifest["sources"][0] = "x\x1b[2J.npy"
        manifest["outputs"][0].update(
            name="numpy\x07", call="a\nb", device="\x9bm", versions={"a\x1b": "1\x1b]0;t\x07"}
        )

    case = small()
    bundle = read(repacked(pack(case, [output(case)], "1"), change))
    (found,) = bundle.outputs
    assert bundle.case.sources[0] == "x .npy"
    assert (found.name, found.call, found.versions) == ("numpy", "a b", {"a": "1"})
    assert found.device.isprintable()


def compressed(data):
    """The same arrays in a deflated archive, sealed."""
    with np.load(io.BytesIO(data)) as file:
        arrays = {name: file[name] for name in file.files}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return sealed(buffer.getvalue())


def with_a_name_twice(data):
    buffer = io.BytesIO(data[:-66] + b"\0\0")
    with zipfile.ZipFile(buffer, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("input.npy", b"")
    return sealed(buffer.getvalue())


def with_many_members(data):
    buffer = io.BytesIO(data[:-66] + b"\0\0")
    with zipfile.ZipFile(buffer, "a") as file:
        for i in range(300):
            file.writestr(f"{i}.npy", b"")
    return sealed(buffer.getvalue())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (compressed, "is compressed; expected it stored"),
        (with_a_name_twice, "holds input.npy twice"),
        (with_many_members, "the archive has 304 members; 261 are the most"),
    ],
)
def test_is_an_archive_that_we_did_not_write_refused(read, change, words):
    case = small()
    with pytest.raises(UsageError, match=words):
        read(change(pack(case, [output(case)], "1")))


def test_is_a_bundle_refused_that_memory_has_no_room_for(read, monkeypatch):
    case = small()
    data = pack(case, [output(case)], "1")
    monkeypatch.setattr("convcheck.untrusted.memory.available", lambda: 1000)
    monkeypatch.setattr("convcheck.untrusted.memory.LITTLE", 0)
    with pytest.raises(UsageError, match="the bundle needs at least"):
        read(data)


def test_are_more_outputs_than_a_bundle_holds_a_mistake():
    case = small()
    with pytest.raises(UsageError, match="256 outputs at most, and these are 257"):
        pack(case, [output(case)] * 257, "1")


def test_is_a_missing_file_told(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read the bundle .*: there is no such file"):
        unpack(str(tmp_path / "none.npz"))
    with pytest.raises(UsageError, match="it is a directory"):
        unpack(str(tmp_path))


def quantization(**changes):
    told = {
        "input_scale": float(np.float32(0.02)),
        "input_zero_point": 3,
        "kernel_scales": (0.5, float(np.float32(0.3))),
        "kernel_zero_points": (0,),
        "output_scale": float(np.float32(1.7)),
        "output_zero_point": -4,
        "activation": "relu6",
    }
    return Quantization(**{**told, **changes}, made=False)


def integers():
    case = small(filters=2)
    return replace(
        case,
        input=np.arange(case.input.size).reshape(case.input.shape).astype(np.int8),
        kernel=np.arange(case.kernel.size).reshape(case.kernel.shape).astype(np.int8),
    )


def test_does_what_integers_stand_for_come_back(read):
    case = integers()
    bundle = read(pack(case, [output(case, dtype="int8")], "1", quantization()))
    assert bundle.quantization == quantization()
    assert bundle.case.input.tobytes() == case.input.tobytes()
    assert read(pack(case, [output(case, dtype="int8")], "1")).quantization is None


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("input_scale", 0),
        ("input_scale", -1.0),
        ("output_scale", "x"),
        ("kernel_scales", []),
        ("kernel_scales", [0.1, None]),
        ("kernel_zero_points", [10**30]),
        ("input_zero_point", 1.5),
        ("activation", "tanh"),
        ("made", True),
    ],
)
def test_are_parameters_that_are_none_refused(read, key, value):
    case = integers()
    data = pack(case, [output(case, dtype="int8")], "1", quantization())
    with pytest.raises(UsageError, match="the manifest of the bundle") as caught:
        read(repacked(data, lambda manifest: manifest["quantization"].update({key: value})))
    assert "\n" not in str(caught.value)
