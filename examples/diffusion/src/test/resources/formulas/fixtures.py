"""Writes pipelines in the layouts of Stable Diffusion XL (xl) and 3 (sd3) whose networks are formulas, so that a test can compute what they return.

    pip install onnx numpy
    python fixtures.py

text_encoder:    hidden_states.k = (k + 1) t / 100 [1, -1] for token t, last_hidden_state = hidden_states.2,
                 in sd3 text_embeds = mean over tokens of t / 100 [1, -1]
text_encoder_2:  the same with [1, 2, 3], text_embeds in both
text_encoder_3:  the same with [1, -2, 3, -4, 5, -6, 7, -8], in sd3 only, without text_embeds
unet:            out_sample = sample / 10 + text + text_embeds . [1, 2, 3] + time_ids . [1, 2, 3, 4, 5, 6] / 1000 + timestep / 1000
transformer:     out_sample = hidden_states / 10 + text + pooled_projections . [1, 2, 3, 4, 5] + timestep / 1000
                 text = sum over positions l and columns c of sin(1 + l + 10 c) / 10 (encoder_hidden_states[l, c] + 0.01)
vae_decoder:     the first three latents, each pixel twice along both axes
vae_encoder:     in xl only; the inverse, with a fourth channel 0.5: latent_parameters has these means and 7 for each logarithm of a variance,
                 latent_sample, the first output, is a random draw
wide:            a transformer with embeddings of 333 x 4096, as in the trained networks, of which it takes the mean
broken:          vae_encoder whose only output is the draw; vae_decoders whose image is NaN or has two channels
"""
import json
import os

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.array(values, dtype=dtype), name)


def save(path, nodes, inputs, outputs, constants):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "g", [value(*i) for i in inputs], [value(*o) for o in outputs], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    with open(path, "wb") as file:
        file.write(model.SerializeToString())


def encoder(path, direction, pooled):
    width = len(direction)
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["float_ids"], to=FLOAT),
        helper.make_node("Unsqueeze", ["float_ids", "last"], ["column"]),
        helper.make_node("Mul", ["column", "direction"], ["hidden_states.0"]),
        helper.make_node("Add", ["hidden_states.0", "hidden_states.0"], ["hidden_states.1"]),
        helper.make_node("Add", ["hidden_states.1", "hidden_states.0"], ["hidden_states.2"]),
        helper.make_node("Identity", ["hidden_states.2"], ["last_hidden_state"]),
    ]
    names = ["last_hidden_state", "hidden_states.0", "hidden_states.1", "hidden_states.2"]
    outputs = [(name, FLOAT, ["batch", "length", width]) for name in names]
    if pooled:
        nodes.append(helper.make_node("ReduceMean", ["hidden_states.0"], ["text_embeds"], axes=[1], keepdims=0))
        outputs.append(("text_embeds", FLOAT, ["batch", width]))
    save(
        path + "/model.onnx",
        nodes,
        [("input_ids", INT64, ["batch", "length"])],
        outputs,
        [constant("direction", [x / 100 for x in direction]), constant("last", [2], np.int64)],
    )
    settings = {"vocab_size": 567, "max_position_embeddings": 77, "num_hidden_layers": 2, "hidden_size": width}
    with open(path + "/config.json", "w") as file:
        json.dump(settings, file)


def weights(width):
    """Distinct for each position and column, so that an exchange changes the sum."""
    positions, columns = np.arange(333)[:, None], np.arange(width)[None, :]
    return constant("position_weights", np.sin(1 + positions + 10 * columns) / 10)


def text():
    return [
        helper.make_node("Shape", ["encoder_hidden_states"], ["length"], start=1, end=2),
        helper.make_node("Slice", ["position_weights", "first", "length", "first"], ["used_weights"]),
        helper.make_node("Add", ["encoder_hidden_states", "hundredth"], ["raised"]),
        helper.make_node("Mul", ["raised", "used_weights"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "last_axes"], ["text"], keepdims=0),
    ]


def text_constants(width):
    return [
        weights(width),
        constant("first", [0], np.int64),
        constant("hundredth", 0.01),
        constant("last_axes", [1, 2], np.int64),
    ]


def unet(path):
    nodes = text() + [
        helper.make_node("Mul", ["sample", "tenth"], ["own"]),
        helper.make_node("MatMul", ["text_embeds", "pooled_weights"], ["pooled"]),
        helper.make_node("MatMul", ["time_ids", "size_weights"], ["size"]),
        helper.make_node("Mul", ["timestep", "thousandth"], ["time"]),
        helper.make_node("Add", ["text", "pooled"], ["prompt"]),
        helper.make_node("Add", ["prompt", "size"], ["row"]),
        helper.make_node("Add", ["row", "time"], ["all"]),
        helper.make_node("Unsqueeze", ["all", "axes"], ["cells"]),
        helper.make_node("Add", ["own", "cells"], ["out_sample"]),
    ]
    save(
        path + "/model.onnx",
        nodes,
        [
            ("sample", FLOAT, ["batch", 4, "height", "width"]),
            ("timestep", FLOAT, []),
            ("encoder_hidden_states", FLOAT, ["batch", "length", 5]),
            ("text_embeds", FLOAT, ["batch", 3]),
            ("time_ids", FLOAT, ["batch", 6]),
        ],
        [("out_sample", FLOAT, ["batch", 4, "height", "width"])],
        text_constants(5) + [
            constant("tenth", 0.1),
            constant("thousandth", 0.001),
            constant("pooled_weights", [1, 2, 3]),
            constant("size_weights", np.arange(1, 7) / 1000),
            constant("axes", [1, 2, 3], np.int64),
        ],
    )
    with open(path + "/config.json", "w") as file:
        json.dump({"in_channels": 4, "sample_size": 4}, file)


def transformer(path):
    nodes = text() + [
        helper.make_node("Mul", ["hidden_states", "tenth"], ["own"]),
        helper.make_node("MatMul", ["pooled_projections", "weights"], ["pooled"]),
        helper.make_node("Mul", ["timestep", "thousandth"], ["time"]),
        helper.make_node("Add", ["text", "pooled"], ["row"]),
        helper.make_node("Add", ["row", "time"], ["all"]),
        helper.make_node("Unsqueeze", ["all", "axes"], ["cells"]),
        helper.make_node("Add", ["own", "cells"], ["out_sample"]),
    ]
    save(
        path + "/model.onnx",
        nodes,
        [
            ("hidden_states", FLOAT, ["batch", 4, "height", "width"]),
            ("timestep", FLOAT, ["batch"]),
            ("encoder_hidden_states", FLOAT, ["batch", "length", 8]),
            ("pooled_projections", FLOAT, ["batch", 5]),
        ],
        [("out_sample", FLOAT, ["batch", 4, "height", "width"])],
        text_constants(8) + [
            constant("tenth", 0.1),
            constant("thousandth", 0.001),
            constant("weights", [1, 2, 3, 4, 5]),
            constant("axes", [1, 2, 3], np.int64),
        ],
    )
    with open(path + "/config.json", "w") as file:
        json.dump({"in_channels": 4, "sample_size": 4, "patch_size": 2, "joint_attention_dim": 8}, file)


def wide(file):
    nodes = [
        helper.make_node("Mul", ["hidden_states", "tenth"], ["own"]),
        helper.make_node("ReduceMean", ["encoder_hidden_states"], ["text"], axes=[1, 2], keepdims=0),
        helper.make_node("ReduceMean", ["pooled_projections"], ["pooled"], axes=[1], keepdims=0),
        helper.make_node("Add", ["text", "pooled"], ["prompt"]),
        helper.make_node("Add", ["prompt", "timestep"], ["row"]),
        helper.make_node("Unsqueeze", ["row", "axes"], ["cells"]),
        helper.make_node("Add", ["own", "cells"], ["out_sample"]),
    ]
    save(
        file,
        nodes,
        [
            ("hidden_states", FLOAT, ["batch", 4, "height", "width"]),
            ("timestep", FLOAT, ["batch"]),
            ("encoder_hidden_states", FLOAT, ["batch", "length", 4096]),
            ("pooled_projections", FLOAT, ["batch", 5]),
        ],
        [("out_sample", FLOAT, ["batch", 4, "height", "width"])],
        [constant("tenth", 0.1), constant("axes", [1, 2, 3], np.int64)],
    )


def decoder(file, channels=3, offset=0.0):
    nodes = [
        helper.make_node("Slice", ["latent_sample", "from", "to", "axis"], ["some"]),
        helper.make_node("Add", ["some", "offset"], ["three"]),
        helper.make_node("Resize", ["three", "", "scales"], ["sample"], mode="nearest", nearest_mode="floor",
                         coordinate_transformation_mode="asymmetric"),
    ]
    save(
        file,
        nodes,
        [("latent_sample", FLOAT, ["batch", 4, "height", "width"])],
        [("sample", FLOAT, ["batch", channels, "h", "w"])],
        [
            constant("from", [0], np.int64),
            constant("to", [channels], np.int64),
            constant("axis", [1], np.int64),
            constant("offset", offset),
            constant("scales", [1, 1, 2, 2]),
        ],
    )


def encoder_of_images(file, parameters):
    nodes = [
        helper.make_node("AveragePool", ["sample"], ["three"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Slice", ["three", "from", "to", "axis"], ["one"]),
        helper.make_node("Mul", ["one", "zero"], ["none"]),
        helper.make_node("Add", ["none", "half"], ["fourth"]),
        helper.make_node("Concat", ["three", "fourth"], ["means"], axis=1),
        helper.make_node("RandomNormalLike", ["means"], ["noise"]),
        helper.make_node("Add", ["means", "noise"], ["latent_sample"]),
    ]
    outputs = [("latent_sample", FLOAT, ["batch", 4, "height", "width"])]
    if parameters:
        nodes += [
            helper.make_node("Mul", ["means", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "seven"], ["variances"]),
            helper.make_node("Concat", ["means", "variances"], ["latent_parameters"], axis=1),
        ]
        outputs.append(("latent_parameters", FLOAT, ["batch", 8, "height", "width"]))
    save(
        file,
        nodes,
        [("sample", FLOAT, ["batch", 3, "h", "w"])],
        outputs,
        [
            constant("from", [0], np.int64),
            constant("to", [1], np.int64),
            constant("axis", [1], np.int64),
            constant("zero", 0.0),
            constant("half", 0.5),
        ] + ([constant("seven", 7.0)] if parameters else []),
    )


def pipeline(path, class_name, scheduler):
    os.makedirs(path + "/scheduler", exist_ok=True)
    with open(path + "/scheduler/scheduler_config.json", "w") as file:
        json.dump(scheduler, file)
    with open(path + "/model_index.json", "w") as file:
        index = {"_class_name": class_name, "force_zeros_for_empty_prompt": True}
        if class_name == "StableDiffusion3Pipeline":
            index["text_encoder_3"] = ["transformers", "T5EncoderModel"]
        json.dump(index, file)
    decoder(path + "/vae_decoder/model.onnx")
    with open(path + "/vae_decoder/config.json", "w") as file:
        json.dump({"latent_channels": 4, "block_out_channels": [1, 1], "scaling_factor": 0.5, "shift_factor": 0.25}, file)


if __name__ == "__main__":
    pipeline("xl", "StableDiffusionXLPipeline", {
        "_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012,
        "num_train_timesteps": 1000, "prediction_type": "epsilon"})
    encoder("xl/text_encoder", [1, -1], False)
    encoder("xl/text_encoder_2", [1, 2, 3], True)
    unet("xl/unet")
    encoder_of_images("xl/vae_encoder/model.onnx", True)
    encoder_of_images("broken/random-encoder.onnx", False)
    decoder("broken/nan-decoder.onnx", offset=float("nan"))
    decoder("broken/two-channels-decoder.onnx", channels=2)
    pipeline("sd3", "StableDiffusion3Pipeline", {
        "_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000, "shift": 3.0})
    encoder("sd3/text_encoder", [1, -1], True)
    encoder("sd3/text_encoder_2", [1, 2, 3], True)
    encoder("sd3/text_encoder_3", [1, -2, 3, -4, 5, -6, 7, -8], False)
    transformer("sd3/transformer")
    wide("wide/transformer.onnx")
