"""Writes the models of this folder: exact denoisers of one Gaussian mixture, and models that are broken.

    python fixtures.py            (needs onnx)

The mixture has three isotropic components in the plane. Each model is its denoiser in one parametrization, schedule and
type, as a graph of plain operators. The specifications know the same mixture in closed form.
"""

import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model

HERE = pathlib.Path(__file__).parent
OPSET = 18
WEIGHTS = [0.5, 0.3, 0.2]
STDS = [0.3, 0.4, 0.25]
MEANS = [[0.8, 0.3], [-0.9, 0.5], [-0.2, -1.1]]
PARAMETRIZATIONS = ["denoised", "epsilon", "v", "flow", "score"]
SCHEDULES = ["ve", "vp-linear", "vp-cosine", "flow"]
BETA_MIN, BETA_MAX = 0.1, 20.0
TYPES = {
    "float": (np.float32, TensorProto.FLOAT),
    "double": (np.float64, TensorProto.DOUBLE),
    "float16": (np.float16, TensorProto.FLOAT16),
}
TYPES_OF_EXACT = ["float", "double"]


class Graph:
    """Builds a graph; an operator is called as a function of values' names and gives a value's name."""

    def __init__(self, kind):
        self.number, self.type = TYPES[kind]
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def constant(self, value, number=None):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, dtype=number or self.number), name))
        return name

    def ints(self, *values):
        return self.constant(list(values), np.int64)

    def input(self, name, shape, type=None):
        self.inputs.append(helper.make_tensor_value_info(name, type or self.type, shape))
        return name

    def output(self, value, name="y", shape=("batch", 2)):
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, self.type, shape))

    def __getattr__(self, operator):
        def call(*inputs, **attributes):
            name = f"v{len(self.nodes)}"
            names = [i if isinstance(i, str) else self.constant(i) for i in inputs]
            self.nodes.append(helper.make_node(operator, names, [name], **attributes))
            return name

        return call

    def save(self, name, opset=OPSET):
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        save_model(model, HERE / f"{name}.onnx")


def level(g, schedule, means, time):
    """The canonical noise level s = sigma_t / alpha_t, of shape [n, 1], from the time input."""
    time = g.Reshape(time, g.ints(-1, 1))
    if means == "sigma":
        return time
    if means == "log-sigma":
        return g.Exp(time)
    t = g.Mul(time, 0.001) if means == "timestep" else time
    if schedule == "ve":
        return t
    if schedule == "flow":
        return g.Div(t, g.Sub(1.0, t))
    if schedule == "vp-cosine":
        half_pi = np.pi / 2
        return g.Div(g.Sin(g.Mul(t, half_pi)), g.Sin(g.Mul(g.Sub(1.0, t), half_pi)))
    integral = g.Mul(t, g.Add(g.Mul(t, 0.5 * (BETA_MAX - BETA_MIN)), BETA_MIN))
    tau = g.Tanh(g.Mul(integral, 0.5))
    return g.Sqrt(g.Div(g.Mul(tau, 2.0), g.Sub(1.0, tau)))  # s^2 = expm1(integral)


def mixture(g, schedule, parametrization, x, s, mask=None, shift=None):
    """The network's answer for x_t of shape [n, 2]."""
    square = g.Mul(s, s)
    if schedule == "ve":
        alpha = g.constant([[1.0]])
    elif schedule == "flow":
        alpha = g.Div(1.0, g.Add(s, 1.0))
    else:
        alpha = g.Div(1.0, g.Sqrt(g.Add(square, 1.0)))
    z = g.Div(x, alpha)
    centred = z if shift is None else g.Sub(z, shift)
    variance = np.array(STDS) ** 2
    offset = g.Sub(g.Unsqueeze(centred, g.ints(1)), [MEANS])  # [n, 3, 2]
    total = g.Add(square, [variance])  # [n, 3]
    distance = g.ReduceSum(g.Mul(offset, offset), g.ints(2), keepdims=0)
    logits = g.Sub(g.Sub([np.log(WEIGHTS)], g.Log(total)), g.Div(distance, g.Mul(total, 2.0)))
    if mask is not None:
        logits = g.Add(logits, mask)
    weight = g.Softmax(logits, axis=1)
    slope = g.Unsqueeze(g.Div(weight, total), g.ints(2))
    g_of_z = g.ReduceSum(g.Mul(slope, offset), g.ints(1), keepdims=0)  # minus the score of z
    towards = g.Add(g.Mul(g.Unsqueeze(g.Div([variance], total), g.ints(2)), offset), [MEANS])
    x0 = g.ReduceSum(g.Mul(g.Unsqueeze(weight, g.ints(2)), towards), g.ints(1), keepdims=0)
    x0 = x0 if shift is None else g.Add(x0, shift)
    noise = g.Mul(s, g_of_z)
    if parametrization == "denoised":
        return x0
    if parametrization == "epsilon":
        return noise
    if parametrization == "v":
        return g.Sub(g.Mul(alpha, noise), g.Mul(g.Mul(alpha, s), x0))
    if parametrization == "flow":
        return g.Sub(noise, x0)
    return g.Neg(g.Div(g_of_z, alpha))


def float_time():
    """State and answer are double, the time is float."""
    g = Graph("double")
    x, time = g.input("x", ["batch", 2]), g.input("sigma", ["batch"], TensorProto.FLOAT)
    g.output(mixture(g, "ve", "denoised", x, level(g, "ve", "sigma", g.Cast(time, to=g.type))))
    g.save("denoised-ve-sigma-float-time")


def exact(kind, schedule, parametrization, means):
    g = Graph(kind)
    x, time = g.input("x", ["batch", 2]), g.input("time", ["batch"])
    g.output(mixture(g, schedule, parametrization, x, level(g, schedule, means, time)))
    g.save(f"{parametrization}-{schedule}-{means}-{kind}")


def image(kind):
    """Samples of shape [1, 2, 1], of dynamic height, and a time of shape [n, 1]."""
    g = Graph(kind)
    x, time = g.input("image", ["n", 1, "height", 1]), g.input("noise", ["n", 1])
    y = mixture(g, "ve", "denoised", g.Reshape(x, g.ints(-1, 2)), level(g, "ve", "sigma", time))
    g.output(g.Reshape(y, g.ints(-1, 1, 2, 1)), "clean", ["n", 1, "height", 1])
    g.save(f"image-{kind}")


def labelled(name, type, shape):
    """A label 0 to 2 leaves one component, the null label 3 all."""
    g = Graph("double")
    x, time, label = g.input("x", ["batch", 2]), g.input("sigma", ["batch"]), g.input("label", shape, type)
    mask = np.where(np.vstack([np.eye(3), np.ones((1, 3))]) > 0, 0.0, -1e30)
    chosen = g.Gather(g.constant(mask), g.Reshape(label, g.ints(-1)), axis=0)
    g.output(mixture(g, "ve", "denoised", x, level(g, "ve", "sigma", time), mask=chosen))
    g.save(name)


def shifted():
    """The mixture moved by gain * shift: a constant of each row and one of the whole call."""
    g = Graph("float")
    x, time = g.input("x", ["batch", 2]), g.input("sigma", ["batch"])
    shift, gain = g.input("shift", ["batch", 2]), g.input("gain", [1], TensorProto.INT64)
    moved = g.Mul(shift, g.Cast(gain, to=g.type))
    g.output(mixture(g, "ve", "denoised", x, level(g, "ve", "sigma", time), shift=moved))
    g.save("shifted")


def prompted(kind):
    """A Gaussian of standard deviation 0.5 around the mean of the tokens of a prompt that its mask keeps."""
    g = Graph(kind)
    x, time = g.input("x", ["batch", 2]), g.input("sigma", ["batch"])
    context = g.Cast(g.input("context", ["batch", "length", 2], TensorProto.FLOAT), to=g.type)
    mask = g.Cast(g.input("mask", ["batch", "length"], TensorProto.INT64), to=g.type)
    total = g.ReduceSum(mask, g.ints(1), keepdims=1)
    kept = g.Mul(context, g.Unsqueeze(mask, g.ints(2)))
    mean = g.Div(g.ReduceSum(kept, g.ints(1), keepdims=0), total)
    s = g.Reshape(time, g.ints(-1, 1))
    gain = g.Div(0.25, g.Add(g.Mul(s, s), 0.25))
    g.output(g.Add(mean, g.Mul(gain, g.Sub(x, mean))))
    g.save(f"prompted-{kind}")


def plain(name, batch="batch", state=(2,), type=TensorProto.FLOAT, time=True, other=None, answer=None, opset=OPSET, declared=None):
    """A float model D = x / (1 + sigma), whose details are wrong."""
    g = Graph("float")
    x = g.input("x", [batch, *state], type)
    s = g.Reshape(g.input("sigma", [batch]), g.ints(-1, *[1] * len(state))) if time else 1.0
    if other:
        g.input(other, [batch])
    value = g.Cast(x, to=TensorProto.FLOAT) if type != TensorProto.FLOAT else x
    y = g.Div(value, g.Add(s, 1.0))
    g.output(answer(g, y) if answer else y, shape=declared or [batch, *state])
    g.save(name, opset)


def broken():
    whole = (HERE / "denoised-ve-sigma-float.onnx").read_bytes()
    (HERE / "broken-truncated.onnx").write_bytes(whole[: len(whole) // 2])
    (HERE / "broken-text.onnx").write_bytes(b"this is no model\n")
    plain("broken-opset", opset=99)
    plain("broken-no-time", time=False)
    plain("broken-unfed-input", other="context")
    plain("broken-batch-of-1", batch=1)
    plain("broken-integers", type=TensorProto.INT64)
    plain("broken-nan", answer=lambda g, y: g.Add(y, float("nan")))
    plain("broken-other-shape", answer=lambda g, y: g.Concat(y, y, axis=1), declared=["batch", 4])
    plain("broken-one-row", answer=lambda g, y: g.ReduceSum(y, g.ints(0)), declared=["batch", 2])
    plain("broken-hidden-batch", answer=lambda g, y: g.Add(y, g.Reshape(y, g.ints(2))))

    def wide(g, y):
        # As many copies side by side as sigma says: no shape inference sees it.
        copies = g.Cast(g.Add(g.ReduceMax("sigma", keepdims=1), [1.0]), to=TensorProto.INT64)
        return g.Tile(y, g.Concat(g.ints(1), copies, axis=0))

    plain("broken-hidden-shape", answer=wide, declared=["batch", "k"])
    plain("broken-4-gigabytes", state=(32768, 32768))
    plain("broken-exabytes", state=(1 << 40, 1 << 40))

    def picky(g, y):
        # An index beyond the table where |y| is 8 or more.
        index = g.Cast(g.ReduceMax(g.Abs(y), g.ints(1), keepdims=0), to=TensorProto.INT64)
        return g.Add(y, g.Reshape(g.Gather(g.constant(np.zeros(8)), index), g.ints(-1, 1)))

    plain("broken-picky", answer=picky)


def spaced(first, last, count):
    """torch.linspace in single precision: from both ends, with a fused multiplication."""
    first, last = np.float32(first), np.float32(last)
    step = np.float64(np.float32((last - first) / np.float32(count - 1)))
    i = np.arange(count)
    up, down = np.float64(first) + step * i, np.float64(last) - step * (count - 1 - i)
    return np.where(i < count // 2, up, down).astype(np.float32)


def squares(betas):
    """torch.cumprod in single precision: products accumulate in double precision."""
    return np.cumprod((np.float32(1) - betas).astype(np.float64)).astype(np.float32)


def tables():
    """The levels of diffusers' schedulers: the betas, and whether they are rescaled to zero terminal SNR."""
    cosine = [np.cos((k / 1000 + 0.008) / 1.008 * np.pi / 2) ** 2 for k in range(1001)]
    scaled = spaced(0.00085**0.5, 0.012**0.5, 1000) ** 2
    betas = {
        "linear": spaced(1e-4, 0.02, 1000),
        "scaled-linear": scaled,
        "cosine": np.array([min(1 - b / a, 0.999) for a, b in zip(cosine, cosine[1:])], dtype=np.float32),
        "trained": np.array([0.001, 0.02, 0.003, 0.3, 0.1, 0.5, 0.2, 0.4], dtype=np.float32),
    }
    levels = {name: squares(b) for name, b in betas.items()}
    root = np.sqrt(squares(scaled))
    root = (root - root[-1]) * (root[0] / (root[0] - root[-1]))
    square = root**2
    rescaled = np.float32(1) - np.concatenate([square[:1], square[1:] / square[:-1]])
    levels["zero-snr"] = squares(rescaled)[:-1]
    return {name: np.sqrt((1 - a.astype(np.float64)) / a) for name, a in levels.items()}


def of_index(g, table, index):
    """The level of an index that may be a fraction: ln s is linear between levels."""
    index = g.Reshape(index, g.ints(-1))
    last = len(table) - 1
    below = g.Min(g.Floor(index), float(last - 1))
    part = g.Sub(index, below)
    at = g.Cast(below, to=TensorProto.INT64)
    logs = g.constant(np.log(table))
    low, high = g.Gather(logs, at), g.Gather(logs, g.Add(at, g.ints(1)))
    return g.Reshape(g.Exp(g.Add(low, g.Mul(part, g.Sub(high, low)))), g.ints(-1, 1))


def discrete(name, table, parametrization, type=TensorProto.DOUBLE, shape=("batch",), kind="double"):
    """The mixture on a chain of levels, as a function of the index."""
    g = Graph(kind)
    x, time = g.input("sample", ["batch", 2]), g.input("timestep", list(shape), type)
    s = of_index(g, table, g.Cast(time, to=g.type))
    g.output(mixture(g, "discrete", parametrization, x, s), "out_sample")
    g.save(f"discrete-{name}")


def learned_variance():
    """Channels of a prediction, followed by as many of a variance."""
    g = Graph("double")
    x, time = g.input("x", ["batch", 2, 1]), g.input("sigma", ["batch"])
    y = mixture(g, "ve", "denoised", g.Reshape(x, g.ints(-1, 2)), level(g, "ve", "sigma", time))
    both = g.Concat(y, g.Mul(y, 100.0), axis=1)
    g.output(g.Reshape(both, g.ints(-1, 4, 1)), shape=["batch", 4, 1])
    g.save("learned-variance")


def one_hot():
    """A label as three numbers: one of them is 1, or none."""
    g = Graph("double")
    x, time, label = g.input("x", ["batch", 2]), g.input("sigma", ["batch"]), g.input("class_labels", ["batch", 3], TensorProto.FLOAT)
    given = g.Cast(label, to=g.type)
    any = g.ReduceSum(given, g.ints(1), keepdims=1)
    g.output(mixture(g, "ve", "denoised", x, level(g, "ve", "sigma", time), mask=g.Mul(g.Sub(any, given), -1e30)))
    g.save("one-hot")


def sequence(name, batch):
    """The mixture moved by the sum of a sequence of vectors."""
    g = Graph("double")
    length = "length" if batch == "batch" else 3
    x, time, shift = g.input("x", [batch, 2]), g.input("sigma", [batch]), g.input("embeds", [batch, length, 2])
    moved = g.ReduceSum(shift, g.ints(1), keepdims=0)
    g.output(mixture(g, "ve", "denoised", x, level(g, "ve", "sigma", time), shift=moved), shape=(batch, 2))
    g.save(name)


def half():
    """All tensors have half precision; the network computes in single precision."""
    g = Graph("float")
    x, time = g.input("x", ["batch", 2], TensorProto.FLOAT16), g.input("sigma", ["batch"], TensorProto.FLOAT16)
    y = mixture(g, "ve", "denoised", g.Cast(x, to=g.type), level(g, "ve", "sigma", g.Cast(time, to=g.type)))
    g.type = TensorProto.FLOAT16
    g.output(g.Cast(y, to=g.type))
    g.save("float16")


def external():
    """The weights are in a file beside the model."""
    g = Graph("double")
    x, time = g.input("x", ["batch", 2]), g.input("sigma", ["batch"])
    eye = g.constant(np.eye(64)[:, :2].repeat(1, axis=0))
    pad = g.Concat(x, g.MatMul(x, np.zeros((2, 62))), axis=1)
    g.output(mixture(g, "ve", "denoised", g.MatMul(pad, eye), level(g, "ve", "sigma", time)))
    graph = helper.make_graph(g.nodes, "external", g.inputs, g.outputs, g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    (HERE / "external.weights").unlink(missing_ok=True)
    save_model(model, HERE / "external.onnx", save_as_external_data=True, location="external.weights", size_threshold=512)


for kind in TYPES_OF_EXACT:
    for schedule in SCHEDULES:
        for parametrization in PARAMETRIZATIONS:
            exact(kind, schedule, parametrization, "sigma" if schedule == "ve" else "t")
    for means in ("sigma", "log-sigma", "timestep"):
        exact(kind, "vp-linear", "epsilon", means)
    exact(kind, "ve", "denoised", "log-sigma")
    image(kind)
labelled("label-int64", TensorProto.INT64, ["batch"])
labelled("label-int32", TensorProto.INT32, ["batch", 1])
for kind in TYPES:
    prompted(kind)
shifted()
float_time()
broken()
TABLES = tables()
for name, table in TABLES.items():
    discrete(name, table, "v" if name == "zero-snr" else "epsilon")
discrete("int64", TABLES["linear"], "v", TensorProto.INT64)
discrete("int32-scalar", TABLES["linear"], "epsilon", TensorProto.INT32, [])
discrete("float16-index", TABLES["linear"], "v", TensorProto.FLOAT16)
discrete("bfloat16-index", TABLES["linear"], "v", TensorProto.BFLOAT16)
discrete("float-one", TABLES["linear"], "denoised", TensorProto.FLOAT, [1])
learned_variance()
one_hot()
sequence("sequence", "batch")
sequence("batch-of-2", 2)
half()
external()
