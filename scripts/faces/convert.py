"""Makes MediaPipe's face models ready for the terminal: TensorFlow Lite to ONNX, the canonical face to JSON.

    convert.py SOURCE_FOLDER TARGET_FOLDER

Every file that is read and every file that is written is checked against the SHA-256 below, so that whoever runs this
gets the bytes that the firmware accepts (src/biometrics/models.rs holds the same digests of what is written).

Models of TensorFlow Lite keep pictures as rows, columns, channels; ONNX wants channels first. Inputs and outputs stay as
they were, the nodes between are transposed once. Only the operators of these models are known; others are an error.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import tflite
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from onnx import TensorProto, helper, numpy_helper

# name of the source: (its SHA-256, name of the result, SHA-256 of the result)
MODELS = {
    "face_detection_short_range.tflite": (
        "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
        "face_detector.onnx",
        "8a1251bc9a771bf903e5f9cc3a7cf4aa3c1272a8632ea6715e8748d71793630a",
    ),
    "face_landmark.tflite": (
        "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
        "face_mesh.onnx",
        "3761d9332ac75435737dba18a9002e992f631a5ee35c7d690cc209d7df1af6f6",
    ),
    "iris_landmark.tflite": (
        "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
        "iris.onnx",
        "d28b23ef3c821fdf88ad9d3a541d07f237fecae5f0ac458e9e74d8b1c5d995a1",
    ),
}
# The canonical face lies inside a package of assets, at the place that the package's loader names.
ASSETS = "face_mesh_solution_packed_assets.data"
ASSETS_SHA256 = "dbe5905c582c0462cdaea17e7e6ecea92edaa8cccc515c5e2e7291f2cbb5fb99"
CANONICAL_AT = slice(3737848, 3757224)
CANONICAL = ("canonical_face.json", "ae57bacab33262ba3dce46e83a4b483e66960e36c6b67dc8e92a5b3898abbf5d")

OPSET = 13
IR_VERSION = 8
ELEMENTS = {0: np.float32, 1: np.float16, 2: np.int32}
OPERATORS = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
SAME, RELU, RELU6 = 0, 1, 3


class Unsupported(Exception):
    """A model has something that this conversion does not know."""


class Conversion:
    """One model on its way."""

    def __init__(self, data):
        self.model = tflite.Model.GetRootAsModel(data, 0)
        self.graph = self.model.Subgraphs(0)
        self.nodes, self.constants = [], []
        self.values = {}  # tensor → name of its ONNX value, channels first
        self.data = {}  # tensor → its constant data
        for tensor in range(self.graph.TensorsLength()):
            described = self.graph.Tensors(tensor)
            buffer = self.model.Buffers(described.Buffer())
            if buffer.DataLength():
                raw = buffer.DataAsNumpy().tobytes()
                self.data[tensor] = np.frombuffer(raw, ELEMENTS[described.Type()]).reshape(self.shape(tensor))

    def shape(self, tensor):
        return [self.graph.Tensors(tensor).Shape(at) for at in range(self.graph.Tensors(tensor).ShapeLength())]

    def name(self, tensor):
        return self.graph.Tensors(tensor).Name().decode()

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator, inputs, output=None, **attributes):
        output = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def value(self, tensor):
        if tensor not in self.values:
            data = self.data[tensor].astype(np.float32)
            if data.ndim == 4:
                data = data.transpose(0, 3, 1, 2)
            self.values[tensor] = self.constant(data)
        return self.values[tensor]

    def activated(self, value, activation):
        if activation == RELU:
            return self.node("Relu", [value])
        if activation == RELU6:
            return self.node("Clip", [value, self.constant(np.float32(0)), self.constant(np.float32(6))])
        if activation != 0:
            raise Unsupported(f"activation {activation}")
        return value

    def pads(self, tensor, kernel, strides, padding):
        """Of ONNX, from TensorFlow's way to pad: what is odd goes to the right and below."""
        if padding != SAME:
            return [0, 0, 0, 0]
        before, after = [], []
        for length, size, stride in zip(self.shape(tensor)[1:3], kernel, strides):
            total = max((-(-length // stride) - 1) * stride + size - length, 0)
            before.append(total // 2)
            after.append(total - total // 2)
        return before + after

    def convolution(self, inputs, options, depthwise):
        if options.DilationHFactor() != 1 or options.DilationWFactor() != 1:
            raise Unsupported("dilation")
        weights = self.data[inputs[1]].astype(np.float32)
        kernel = list(weights.shape[1:3])
        strides = [options.StrideH(), options.StrideW()]
        given = [
            self.value(inputs[0]),
            self.constant(weights.transpose((3, 0, 1, 2) if depthwise else (0, 3, 1, 2))),
        ]
        if len(inputs) > 2 and inputs[2] >= 0:
            given.append(self.constant(self.data[inputs[2]].astype(np.float32).reshape(-1)))
        result = self.node(
            "Conv",
            given,
            kernel_shape=kernel,
            strides=strides,
            pads=self.pads(inputs[0], kernel, strides, options.Padding()),
            group=self.shape(inputs[0])[3] if depthwise else 1,
        )
        return self.activated(result, options.FusedActivationFunction())

    def pool(self, operator, inputs, options):
        kernel = [options.FilterHeight(), options.FilterWidth()]
        strides = [options.StrideH(), options.StrideW()]
        pads = self.pads(inputs[0], kernel, strides, options.Padding())
        return self.node(operator, [self.value(inputs[0])], kernel_shape=kernel, strides=strides, pads=pads)

    def operator(self, name, inputs, output, options):
        first = inputs[0]
        if name == "CONV_2D":
            return self.convolution(inputs, options(tflite.Conv2DOptions), depthwise=False)
        if name == "DEPTHWISE_CONV_2D":
            return self.convolution(inputs, options(tflite.DepthwiseConv2DOptions), depthwise=True)
        if name in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):
            operator = "MaxPool" if name == "MAX_POOL_2D" else "AveragePool"
            return self.pool(operator, inputs, options(tflite.Pool2DOptions))
        if name == "PRELU":
            slopes = self.data[inputs[1]].astype(np.float32).reshape(-1, 1, 1)
            return self.node("PRelu", [self.value(first), self.constant(slopes)])
        if name == "RELU":
            return self.node("Relu", [self.value(first)])
        if name == "ADD":
            total = self.node("Add", [self.value(first), self.value(inputs[1])])
            return self.activated(total, options(tflite.AddOptions).FusedActivationFunction())
        if name == "PAD":
            widths = self.data[inputs[1]].astype(np.int64)[[0, 3, 1, 2]]
            pads = self.constant(np.concatenate([widths[:, 0], widths[:, 1]]))
            return self.node("Pad", [self.value(first), pads], mode="constant")
        if name == "RESHAPE":
            value = self.value(first)
            if len(self.shape(first)) == 4:
                value = self.node("Transpose", [value], perm=[0, 2, 3, 1])
            if len(self.shape(output)) == 4:
                raise Unsupported("a reshape into four dimensions")
            return self.node("Reshape", [value, self.constant(np.array(self.shape(output), np.int64))])
        if name == "CONCATENATION":
            rank = len(self.shape(output))
            axis = options(tflite.ConcatenationOptions).Axis() % rank
            if rank == 4:
                axis = [0, 2, 3, 1][axis]
            return self.node("Concat", [self.value(tensor) for tensor in inputs], axis=axis)
        raise Unsupported(f"operator {name}")

    def convert(self):
        inputs, outputs = [], []
        for at in range(self.graph.InputsLength()):
            tensor = self.graph.Inputs(at)
            name = self.name(tensor)
            inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, self.shape(tensor)))
            self.values[tensor] = self.node("Transpose", [name], perm=[0, 3, 1, 2])
        for at in range(self.graph.OperatorsLength()):
            described = self.graph.Operators(at)
            code = self.model.OperatorCodes(described.OpcodeIndex())
            name = OPERATORS[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            given = [described.Inputs(i) for i in range(described.InputsLength())]
            (output,) = [described.Outputs(i) for i in range(described.OutputsLength())]

            def options(kind, described=described):
                table, read = described.BuiltinOptions(), kind()
                read.Init(table.Bytes, table.Pos)
                return read

            if name == "DEQUANTIZE":
                self.data[output] = self.data[given[0]].astype(np.float32)
            else:
                self.values[output] = self.operator(name, given, output, options)
        for at in range(self.graph.OutputsLength()):
            tensor = self.graph.Outputs(at)
            name, shape = self.name(tensor), self.shape(tensor)
            if len(shape) == 4:
                self.node("Transpose", [self.values[tensor]], output=name, perm=[0, 2, 3, 1])
            else:
                self.node("Identity", [self.values[tensor]], output=name)
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        graph = helper.make_graph(self.nodes, "face", inputs, outputs, self.constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="senim"
        )
        onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)


def canonical_face(data):
    """Vertices (x, y, z in centimetres, u, v of the texture) and triangles of GeometryPipelineMetadata."""
    described = descriptor_pb2.FileDescriptorProto(name="face.proto", package="face", syntax="proto2")
    kinds = descriptor_pb2.FieldDescriptorProto
    mesh = described.message_type.add(name="Mesh")
    for name, number, kind in (("vertices", 3, kinds.TYPE_FLOAT), ("indices", 4, kinds.TYPE_UINT32)):
        mesh.field.add(name=name, number=number, type=kind, label=kinds.LABEL_REPEATED)
    metadata = described.message_type.add(name="Metadata")
    metadata.field.add(
        name="mesh", number=1, type=kinds.TYPE_MESSAGE, type_name=".face.Mesh", label=kinds.LABEL_OPTIONAL
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(described)
    read = message_factory.GetMessageClass(pool.FindMessageTypeByName("face.Metadata")).FromString(data).mesh
    vertices = np.array(read.vertices, np.float32).reshape(-1, 5)
    triangles = np.array(read.indices, np.uint32).reshape(-1, 3)
    # Four digits behind the point are a micrometre.
    rounded = [[float(f"{value:.4f}") for value in vertex] for vertex in vertices.tolist()]
    text = json.dumps({"vertices": rounded, "triangles": triangles.tolist()}, separators=(",", ":"))
    return text.encode() + b"\n"


def checked(name, data, wanted):
    found = hashlib.sha256(data).hexdigest()
    if found != wanted:
        sys.exit(f"{name} has the SHA-256 {found}, wanted {wanted}")
    return data


def main():
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    results = {}
    for name, (digest, result, result_digest) in MODELS.items():
        data = checked(name, (source / name).read_bytes(), digest)
        results[result] = checked(result, Conversion(data).convert(), result_digest)
    assets = checked(ASSETS, (source / ASSETS).read_bytes(), ASSETS_SHA256)
    results[CANONICAL[0]] = checked(CANONICAL[0], canonical_face(assets[CANONICAL_AT]), CANONICAL[1])
    target.mkdir(parents=True, exist_ok=True)
    for name, data in results.items():
        (target / name).write_bytes(data)


if __name__ == "__main__":
    main()
