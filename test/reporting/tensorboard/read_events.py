"""Reads a folder of event files with TensorBoard's own readers and prints what it holds as JSON."""

import json
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator as Plugins
from tensorboard.plugins.hparams import plugin_data_pb2



def number(value):
    return value if math.isfinite(value) else str(value)


runs = {}
for file in sorted(pathlib.Path(sys.argv[1]).rglob("*tfevents*")):
    name = str(file.parent.relative_to(sys.argv[1]))
    scalars = EventAccumulator(str(file.parent), size_guidance={"scalars": 0}).Reload()
    plugins = Plugins(str(file.parent)).Reload()
    content = plugins.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    started = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
    runs[name] = {
        "scalars": {
            tag: [[e.step, number(e.value)] for e in scalars.Scalars(tag)] for tag in scalars.Tags()["scalars"]
        },
        "hparams": {key: getattr(value, value.WhichOneof("kind")) for key, value in started.hparams.items()},
        "started": started.start_time_secs,
    }
print(json.dumps(runs))
