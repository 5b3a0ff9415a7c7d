"""Writes tensors.json: a GGUF file with a tensor of every type, and the numbers that the Python package gguf reads from it.

Run by hand: pip install gguf==0.19.0 && python make-golden.py

The blocks hold random bytes under scales of usual size, so that every bit of them counts.
"""
import base64
import json
import pathlib
import tempfile

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader, GGUFWriter
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize

ROWS, COLUMNS = 3, 256
# Byte offsets of the half-precision scales in a block.
SCALES = {Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q4_K: [0, 2], Type.Q6_K: [208]}


def blocks(kind, random):
    size, length = GGML_QUANT_SIZES[kind]
    raw = random.integers(0, 256, (ROWS * COLUMNS // size, length), dtype=np.uint8)
    for offset in SCALES[kind]:
        scales = random.normal(0, 0.02, len(raw)).astype(np.float16)
        raw[:, offset : offset + 2] = scales.view(np.uint8).reshape(-1, 2)
    return raw.reshape(ROWS, -1)


def main():
    random = np.random.default_rng(1)
    numbers = random.normal(size=(ROWS, COLUMNS)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = str(pathlib.Path(folder, "all.gguf"))
        writer = GGUFWriter(path, "llama")
        writer.add_string("a.text", "字")
        writer.add_array("a.list", [1, -2, 3])
        writer.add_float32("a.float", 0.5)
        writer.add_bool("a.switch", True)
        writer.add_key_value("a.large", 2**60, __import__("gguf").GGUFValueType.UINT64)
        writer.add_tensor("F32", numbers)
        writer.add_tensor("F16", numbers.astype(np.float16))
        bfloat = (numbers.view(np.uint32) >> 16).astype(np.uint16)
        writer.add_tensor("BF16", bfloat.view(np.uint8), raw_dtype=Type.BF16)
        for kind in SCALES:
            writer.add_tensor(kind.name, blocks(kind, random), raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        read = {
            tensor.name: np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype="<f4").reshape(ROWS, COLUMNS)
            for tensor in GGUFReader(path).tensors
        }
        golden = {
            "shape": [ROWS, COLUMNS],
            "file": base64.b64encode(pathlib.Path(path).read_bytes()).decode(),
            "tensors": {name: base64.b64encode(value.tobytes()).decode() for name, value in read.items()},
        }
    pathlib.Path(__file__).with_name("tensors.json").write_text(json.dumps(golden, indent=1) + "\n")


main()
