"""Writes pipelines in the layouts of Stable Diffusion XL (xl) and 3 (sd3) whose networks are formulas, so that a test can compute what they return.

    pip install onnx numpy
    python fixtures.py

text_encoder:    hidden_states.k = (k + 1) t / 100 [1, -1] for token t, last_hidden_state = hidden_states.2,
                 in sd3 text_embeds = mean over tokens of t / 100 [1, -1]
text_encoder_2:  the same with [1, 2, 3], text_embeds in both
text_encoder_3:  the same with [1, 1, 1, 1, 1, 1, 1, 1], in sd3 only, without text_embeds
unet:            out_sample = sample / 10 + mean(encoder_hidden_states) + mean(text_embeds) + mean(time_ids) / 1000 + timestep / 1000
transformer:     out_sample = hidden_states / 10 + mean(encoder_hidden_states) + pooled_projections . [1, 2, 3, 4, 5] + timestep / 1000
vae_decoder:     the first three latents, each pixel twice along both axes
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


def unet(path):
    mean = lambda name, axes: helper.make_node("ReduceMean", [name], ["m_" + name], axes=axes, keepdims=0)
    nodes = [
        helper.make_node("Mul", ["sample", "tenth"], ["own"]),
        mean("encoder_hidden_states", [1, 2]),
        mean("text_embeds", [1]),
        mean("time_ids", [1]),
        helper.make_node("Mul", ["m_time_ids", "thousandth"], ["size"]),
        helper.make_node("Mul", ["timestep", "thousandth"], ["time"]),
        helper.make_node("Add", ["m_encoder_hidden_states", "m_text_embeds"], ["text"]),
        helper.make_node("Add", ["text", "size"], ["row"]),
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
        [constant("tenth", 0.1), constant("thousandth", 0.001), constant("axes", [1, 2, 3], np.int64)],
    )
    with open(path + "/config.json", "w") as file:
        json.dump({"in_channels": 4, "sample_size": 4}, file)


def transformer(path):
    nodes = [
        helper.make_node("Mul", ["hidden_states", "tenth"], ["own"]),
        helper.make_node("ReduceMean", ["encoder_hidden_states"], ["text"], axes=[1, 2], keepdims=0),
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
        [
            constant("tenth", 0.1),
            constant("thousandth", 0.001),
            constant("weights", [1, 2, 3, 4, 5]),
            constant("axes", [1, 2, 3], np.int64),
        ],
    )
    with open(path + "/config.json", "w") as file:
        json.dump({"in_channels": 4, "sample_size": 4, "joint_attention_dim": 8}, file)


def decoder(path):
    nodes = [
        helper.make_node("Slice", ["latent_sample", "from", "to", "axis"], ["three"]),
        helper.make_node("Resize", ["three", "", "scales"], ["sample"], mode="nearest", nearest_mode="floor",
                         coordinate_transformation_mode="asymmetric"),
    ]
    save(
        path + "/model.onnx",
        nodes,
        [("latent_sample", FLOAT, ["batch", 4, "height", "width"])],
        [("sample", FLOAT, ["batch", 3, "h", "w"])],
        [
            constant("from", [0], np.int64),
            constant("to", [3], np.int64),
            constant("axis", [1], np.int64),
            constant("scales", [1, 1, 2, 2]),
        ],
    )
    with open(path + "/config.json", "w") as file:
        json.dump({"latent_channels": 4, "block_out_channels": [1, 1], "scaling_factor": 0.5, "shift_factor": 0.25}, file)


def pipeline(path, class_name, scheduler):
    os.makedirs(path + "/scheduler", exist_ok=True)
    with open(path + "/scheduler/scheduler_config.json", "w") as file:
        json.dump(scheduler, file)
    with open(path + "/model_index.json", "w") as file:
        json.dump({"_class_name": class_name, "force_zeros_for_empty_prompt": True}, file)
    decoder(path + "/vae_decoder")


if __name__ == "__main__":
    pipeline("xl", "StableDiffusionXLPipeline", {
        "_class_name": "EulerDiscreteScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012,
        "num_train_timesteps": 1000, "prediction_type": "epsilon"})
    encoder("xl/text_encoder", [1, -1], False)
    encoder("xl/text_encoder_2", [1, 2, 3], True)
    unet("xl/unet")
    pipeline("sd3", "StableDiffusion3Pipeline", {
        "_class_name": "FlowMatchEulerDiscreteScheduler", "num_train_timesteps": 1000, "shift": 3.0})
    encoder("sd3/text_encoder", [1, -1], True)
    encoder("sd3/text_encoder_2", [1, 2, 3], True)
    encoder("sd3/text_encoder_3", [1] * 8, False)
    transformer("sd3/transformer")
