"""Writes all-MiniLM-L6-v2 as ONNX (fp32 and int8) from its published weights, and checks the result.

usage: export_minilm.py SOURCE_DIR TARGET_DIR

SOURCE_DIR holds model.safetensors, config.json and the tokenizer's files. TARGET_DIR gets model.onnx,
model_int8.onnx and copies of the four small files. Nothing is written when a checksum or a check value is
off. The graph is plain ONNX of opset 17: inputs input_ids, attention_mask and token_type_ids of shape
(batch, tokens), output last_hidden_state of shape (batch, tokens, 384). Pooling is the reader's job.
"""

import hashlib
import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

# The published files, by name: the same from the package index and from the model hub.
SHA256 = {
    name: sum_
    for sum_, name in map(str.split, Path(__file__).with_name("all-MiniLM-L6-v2.sha256").read_text().splitlines())
}
COPIED = [name for name in SHA256 if name.endswith(".json")]

# Cosines with the first sentence, as the original PyTorch model gives them.
SENTENCE = "That is a happy person"
COSINES = {
    "That is a happy dog": 0.6946,
    "That is a very happy person": 0.9429,
    "Today is a sunny day": 0.2569,
}
TOLERANCE = {"model.onnx": 0.0005, "model_int8.onnx": 0.03}


def read_safetensors(path):
    """The tensors of a safetensors file, by name: a JSON header with offsets, then the bytes."""
    raw = path.read_bytes()
    (length,) = struct.unpack_from("<Q", raw)
    header = json.loads(raw[8 : 8 + length])
    body = memoryview(raw)[8 + length :]
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            start, end = about["data_offsets"]
            tensors[name] = np.frombuffer(body[start:end], "<f4").reshape(about["shape"])
    return tensors


class Graph:
    """Collects nodes and constants; every method returns the name of what it made."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes, self.constants, self.known = [], [], set()

    def constant(self, name, array):
        if name not in self.known:
            self.known.add(name)
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def op(self, kind, inputs, name, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def weight(self, name):
        return self.constant(name, self.weights[name])

    def linear(self, x, name):
        """x @ weight.T + bias; the transposed weight is stored, so that it can be quantized."""
        kernel = self.constant(f"{name}.kernel", self.weights[f"{name}.weight"].T)
        product = self.op("MatMul", [x, kernel], f"{name}/MatMul")
        return self.op("Add", [product, self.weight(f"{name}.bias")], f"{name}/Add")

    def layer_norm(self, x, name, epsilon):
        inputs = [x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.op("LayerNormalization", inputs, f"{name}/LayerNorm", axis=-1, epsilon=epsilon)


def embeddings(g, config):
    words = g.op("Gather", [g.weight("embeddings.word_embeddings.weight"), "input_ids"], "words")
    kinds = g.op("Gather", [g.weight("embeddings.token_type_embeddings.weight"), "token_type_ids"], "kinds")
    # The first rows of the position table, as many as there are tokens.
    shape = g.op("Shape", ["input_ids"], "shape")
    one, two = g.constant("one", np.array([1])), g.constant("two", np.array([2]))
    length = g.op("Slice", [shape, one, two], "length")
    table = g.weight("embeddings.position_embeddings.weight")
    zero = g.constant("zero", np.array([0]))
    places = g.op("Slice", [table, zero, length, zero], "places")
    both = g.op("Add", [words, kinds], "words_kinds")
    total = g.op("Add", [both, places], "words_kinds_places")
    return g.layer_norm(total, "embeddings.LayerNorm", config["layer_norm_eps"])


def attention_bias(g):
    """0 for a token that counts, a large negative number for padding; shape (batch, 1, 1, tokens)."""
    wide = g.op("Unsqueeze", ["attention_mask", g.constant("mask_axes", np.array([1, 2]))], "mask/wide")
    floats = g.op("Cast", [wide], "mask/float", to=TensorProto.FLOAT)
    left_out = g.op("Sub", [g.constant("one_f", np.float32(1)), floats], "mask/left_out")
    return g.op("Mul", [left_out, g.constant("far", np.float32(-10000))], "mask/bias")


def attention(g, x, bias, layer, config):
    heads = config["num_attention_heads"]
    size = config["hidden_size"] // heads
    split = g.constant("split", np.array([0, 0, heads, size]))

    def head(part, order):
        flat = g.linear(x, f"{layer}.attention.self.{part}")
        parted = g.op("Reshape", [flat, split], f"{layer}/{part}/Reshape")
        return g.op("Transpose", [parted], f"{layer}/{part}/Transpose", perm=order)

    query = head("query", [0, 2, 1, 3])
    key = head("key", [0, 2, 3, 1])
    value = head("value", [0, 2, 1, 3])
    scores = g.op("MatMul", [query, key], f"{layer}/scores")
    scaled = g.op("Div", [scores, g.constant("root", np.float32(np.sqrt(size)))], f"{layer}/scaled")
    masked = g.op("Add", [scaled, bias], f"{layer}/masked")
    weights = g.op("Softmax", [masked], f"{layer}/Softmax", axis=-1)
    mixed = g.op("MatMul", [weights, value], f"{layer}/mixed")
    turned = g.op("Transpose", [mixed], f"{layer}/turned", perm=[0, 2, 1, 3])
    joined = g.op("Reshape", [turned, g.constant("join", np.array([0, 0, heads * size]))], f"{layer}/joined")
    return g.linear(joined, f"{layer}.attention.output.dense")


def gelu(g, x, name):
    """x * (1 + erf(x / sqrt 2)) / 2, in the form that ONNX Runtime fuses into one kernel."""
    divided = g.op("Div", [x, g.constant("sqrt2", np.float32(np.sqrt(2)))], f"{name}/Div")
    erf = g.op("Erf", [divided], f"{name}/Erf")
    raised = g.op("Add", [erf, g.constant("one_f", np.float32(1))], f"{name}/Add")
    product = g.op("Mul", [x, raised], f"{name}/Mul")
    return g.op("Mul", [product, g.constant("half", np.float32(0.5))], f"{name}/Gelu")


def build(weights, config):
    g = Graph(weights)
    x = embeddings(g, config)
    bias = attention_bias(g)
    epsilon = config["layer_norm_eps"]
    for number in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{number}"
        attended = g.op("Add", [attention(g, x, bias, layer, config), x], f"{layer}/residual")
        x = g.layer_norm(attended, f"{layer}.attention.output.LayerNorm", epsilon)
        inner = gelu(g, g.linear(x, f"{layer}.intermediate.dense"), f"{layer}/gelu")
        outer = g.op("Add", [g.linear(inner, f"{layer}.output.dense"), x], f"{layer}/residual2")
        x = g.layer_norm(outer, f"{layer}.output.LayerNorm", epsilon)
    g.op("Identity", [x], "last_hidden_state")

    def tensor(name, kind, shape):
        return helper.make_tensor_value_info(name, kind, shape)

    inputs = [
        tensor(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    output = tensor("last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", config["hidden_size"]])
    graph = helper.make_graph(g.nodes, "all-MiniLM-L6-v2", inputs, [output], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="crm-ai")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def embed(session, vocabulary, sentences):
    """Mean-pooled, normalised vectors. The check sentences are whole words of the vocabulary."""
    rows = [[101, *(vocabulary[word] for word in s.lower().split()), 102] for s in sentences]
    width = max(map(len, rows))
    ids = np.array([row + [0] * (width - len(row)) for row in rows], np.int64)
    mask = (ids != 0).astype(np.int64)
    feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    hidden = session.run(["last_hidden_state"], feed)[0]
    pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)


def check(path, vocabulary):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    first, *others = embed(session, vocabulary, [SENTENCE, *COSINES])
    for (sentence, expected), vector in zip(COSINES.items(), others):
        found = float(first @ vector)
        print(f"{path.name}: cosine of {SENTENCE!r} with {sentence!r} is {found:.4f}, expected {expected}")
        if abs(found - expected) > TOLERANCE[path.name]:
            sys.exit(f"{path.name} does not reproduce the original model")


def main(source, target):
    for name, expected in SHA256.items():
        if hashlib.sha256((source / name).read_bytes()).hexdigest() != expected:
            sys.exit(f"{source / name} does not match its checksum")
    config = json.loads((source / "config.json").read_text())
    vocabulary = json.loads((source / "tokenizer.json").read_text())["model"]["vocab"]
    target.mkdir(parents=True, exist_ok=True)
    full, small = target / "model.onnx", target / "model_int8.onnx"
    onnx.save(build(read_safetensors(source / "model.safetensors"), config), full)
    check(full, vocabulary)
    quantize_dynamic(full, small, weight_type=QuantType.QInt8, per_channel=True)
    check(small, vocabulary)
    for name in COPIED:
        shutil.copyfile(source / name, target / name)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
