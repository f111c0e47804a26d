"""A page to try a model: it takes a recording and shows the model's answer."""

import gradio

from sentemo.core.errors import SentemoError
from sentemo.core.markdown import markdown_table
from sentemo.data.dimensions import DIMENSIONS, Scale
from sentemo.inference.plot import attended, draw_predictions
from sentemo.inference.recordings import LONGEST_WHOLE
from sentemo.inference.speech_emotion import SpeechEmotion

LARGEST = "100mb"  # size of an uploaded file
LEVEL_COLOURS = {"low": "#7d8590", "middle": "#b86a00", "high": "#a63a00"}  # colours of attention
# Without this rule, words are black on a dark page.
STYLE = "#words .text { color: var(--body-text-color) }"
# Fonts of the reader's own system; the theme's fonts would be fetched from the network.
FONT, FONT_MONO = ["system-ui", "sans-serif"], ["ui-monospace", "monospace"]


def demo_page(model: SpeechEmotion) -> gradio.Blocks:
    """Build the page of a model; `launch` serves it."""
    described = model.description
    with gradio.Blocks(title=f"{described.name} · sentemo", analytics_enabled=False) as page:
        gradio.Markdown(
            f"# {described.name}\n\nGive it speech of up to {LONGEST_WHOLE / 60:.0f} minutes. "
            "Everything is computed on this machine; nothing leaves it."
        )
        recording = gradio.Audio(
            sources=["upload", "microphone"], type="filepath", label="Recording", buttons=[]
        )
        button = gradio.Button("Listen", variant="primary")
        outputs: list[gradio.components.Component] = []
        if described.labels:
            outputs.append(gradio.Label(label="Class", num_top_classes=len(described.labels)))
        if described.scale:
            outputs.append(gradio.Markdown(label="Dimensions"))
        if described.tokens:
            outputs.append(
                gradio.HighlightedText(
                    elem_id="words",
                    label="Recognised words, and how much the decision attends to them",
                    color_map=LEVEL_COLOURS,
                    show_inline_category=True,
                    combine_adjacent=False,
                )
            )
        outputs.append(gradio.Plot(label="Over time", show_label=False))

        def listen(path: str | None) -> list:
            return _answer(model, path)

        button.click(listen, recording, outputs)
    return page


def launch(page: gradio.Blocks, port: int | None, wait: bool = True) -> str:
    """Serve a page to this machine alone, and return its address.

    Parameters
    ----------
    port
        Port number; None takes the first free one from 7860 on.
    wait
        Whether to return only when the server is stopped.

    Raises
    ------
    SentemoError
        When the port is in use.
    """
    try:
        _, address, _ = page.queue().launch(
            server_name="127.0.0.1",
            server_port=port,
            share=False,
            quiet=True,
            prevent_thread_lock=True,
            ssr_mode=False,
            footer_links=[],
            max_file_size=LARGEST,
            css=STYLE,
            theme=gradio.themes.Default(font=FONT, font_mono=FONT_MONO),
        )
    except OSError as error:
        raise SentemoError(f"port {port} is in use. Give another, or none.") from error
    if wait:
        print(f"{address} (Ctrl-C ends it)", flush=True)
        page.block_thread()
    return address


def _answer(model: SpeechEmotion, path: str | None) -> list:
    """Return the values that the page's outputs show for a recording."""
    if path is None:
        raise gradio.Error("Upload or record something first.", print_exception=False)
    try:
        recording = model.open(path)
        if recording.duration > LONGEST_WHOLE:
            raise SentemoError(
                f"{recording.duration:.0f} s long, and one answer for more than "
                f"{LONGEST_WHOLE:.0f} s says nothing; sentemo predict --window 8 cuts it"
            )
        result = model.judge(path)
    except SentemoError as error:
        reason = str(error).removeprefix(f"{path}: ")
        raise gradio.Error(reason, print_exception=False) from error
    shown: list = []
    if result.probabilities:
        shown.append(result.probabilities)
    if result.dimensions and model.description.scale:
        scale = f"rating, {Scale(*model.description.scale)}"
        rows = [[name, f"{result.dimensions[name]:.2f}"] for name in DIMENSIONS]
        shown.append(markdown_table(["dimension", scale], rows))
    if result.transcript is not None:
        names = list(LEVEL_COLOURS)
        bins = [(found.word.text, names[found.bin]) for found in attended(result)]
        shown.append(bins or [(result.transcript, None)])
    return [*shown, draw_predictions(recording, [result])]
