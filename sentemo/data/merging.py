"""Several corpora as one, all of whose speakers are trained on, validated and tested."""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sentemo.core.errors import Problems, SentemoError
from sentemo.core.markers import Marker
from sentemo.data.combination import Addition, added, require_distinct, segmented_alike, unusable
from sentemo.data.combined_directory import addition_of
from sentemo.data.kaldi import Utterance
from sentemo.data.labels import read_labels
from sentemo.data.preparation import ParsedCorpus, prepared_files, write_data_dir
from sentemo.data.tables import read_table
from sentemo.data.word_times import Word


def merge_directories(
    directories: Sequence[Path], dest: Path, labels: Path, name: str, maps: Path | None = None
) -> None:
    """Write a data directory of several corpora, unless that is done already.

    Ids of utterances and speakers begin with their corpus, and ``utt2corpus`` names it. Utterances
    of classes that are not learnt are left out, counted.

    Parameters
    ----------
    directories
        Data directories, as stage data of the corpora's recipes wrote them.
    dest
        Data directory to write.
    labels
        Labels file.
    name
        Name of the whole in results.
    maps
        Folder of maps of labels, see `mapped`; None where all corpora have the classes' own names.

    Raises
    ------
    SentemoError
        When there are fewer than two corpora, when two have one name or a recording in common, or
        when one has no utterance of these classes; when a map names a class that is not learnt.
    """
    if len(directories) < 2:
        raise SentemoError("give at least two --data directories to merge")
    classes = read_labels(labels)
    inputs = [file for directory in directories for file in prepared_files(directory)]
    inputs += sorted(maps.glob("*.tsv")) if maps else []
    options = {"labels": classes, "name": name, "data": [os.path.relpath(d) for d in directories]}
    marker = Marker(dest / ".done.json", inputs, options)
    if marker.is_current():
        print(f"{dest}: up to date")
        return
    corpora = [addition_of([str(d)]) for d in directories]
    if maps:
        corpora = [mapped(corpus, maps, classes) for corpus in corpora]
    merged = merge(corpora, classes, name)
    write_data_dir(dest, merged)
    marker.write()
    for note in merged.notes:
        print(f"{dest}: {note}")
    print(f"{dest}: {len(merged.utterances)} utterances of {len(directories)} corpora")


def mapped(corpus: Addition, maps: Path, labels: Sequence[str]) -> Addition:
    """Return a corpus with its labels by the names of the classes, where it has a map.

    The map of the corpus Urdu is ``urdu.tsv`` in the folder of maps: a table as in Kaldi, with the
    corpus' label and the class on each line. Labels that it does not name are no class.

    Raises
    ------
    SentemoError
        When the map is malformed, names something else than a class, or a label that no utterance
        of the corpus has.
    """
    path = maps / f"{corpus.prefix.rstrip('-')}.tsv"
    if not path.is_file():
        return corpus
    problems, found = Problems(str(path)), read_table(path)
    held = {utt.label for utt in corpus.utterances}
    for label, name in found.items():
        if name not in labels:
            problems.add("class that is not learnt", label, name)
        if label not in held:
            problems.add(f"label that no utterance of {corpus.corpus} has", label, name)
    problems.raise_if_any(f"Its lines are a label of the corpus and one of {', '.join(labels)}.")
    renamed = [replace(utt, label=found.get(utt.label or "")) for utt in corpus.utterances]
    return replace(corpus, utterances=renamed)


def merge(corpora: Sequence[Addition], labels: Sequence[str], name: str) -> ParsedCorpus:
    """Return the utterances of all corpora that have one of these classes.

    Raises
    ------
    SentemoError
        See `merge_directories`.
    """
    dropped: dict[str, list[str]] = defaultdict(list)
    utterances: list[Utterance] = []
    notes: list[str] = []
    words: dict[str, list[Word]] = {}
    for index, corpus in enumerate(corpora):
        require_distinct(corpus.corpus, corpus.utterances, corpora[index + 1 :])
        usable = []
        for utt in corpus.utterances:
            if reason := unusable(utt, labels, None):
                dropped[f"{corpus.corpus}: {reason}"].append(corpus.prefix + utt.id)
            else:
                usable.append(utt)
        kept = {utt.id for utt in usable}
        if not usable:
            raise SentemoError(f"{corpus.corpus}: no utterance of {', '.join(labels)}")
        utterances += [
            replace(added(utt, corpus, parts=False), is_guest=False, avd=None) for utt in usable
        ]
        speakers = len({utt.speaker for utt in usable})
        notes.append(f"{corpus.corpus}: {len(usable)} utterances of {speakers} speakers")
        notes += [f"{corpus.corpus}: {note}" for note in corpus.notes]
        words |= {corpus.prefix + utt: said for utt, said in corpus.words.items() if utt in kept}
    return ParsedCorpus(
        utterances=segmented_alike(utterances),
        dropped=dict(dropped),
        notes=notes,
        name=name,
        words=words,
    )
