"""Kept states for the folds of a small experiment upon a frozen encoder."""

from dataclasses import replace

from sentemo.experiment.states import choose_best_layers, layers_to_keep
from sentemo.states.keeping import keep_states
from sentemo.states.shards import StatesRequest


def keep(jobs, upstream, directory):
    """Keep the states that these jobs read, and return the jobs that read them."""
    request = StatesRequest(str(upstream), "", jobs[0].features, directory)
    layers = layers_to_keep(jobs[0].config)
    jobs = [replace(job, states=directory) for job in jobs]
    if layers == ["best"]:
        keep_states(request, [])
        best = choose_best_layers(jobs)
        jobs = [replace(job, best_layer=layer) for job, layer in zip(jobs, best, strict=True)]
        layers = list(map(str, best))
    keep_states(request, layers)
    return jobs
