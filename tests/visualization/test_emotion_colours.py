"""One colour per emotion, whatever a corpus calls it."""

from sentemo.visualization.emotion_colours import OTHERS, emotion_colours


def test_an_emotion_keeps_its_colour_in_other_company_and_under_its_other_names():
    happy, sad = emotion_colours(["happy", "sad"])
    assert emotion_colours(["Sadness", "angry", "hap", "happiness"])[0] == sad
    assert emotion_colours(["angry", "hap", "happiness"])[1:] == [happy, happy]


def test_labels_of_no_known_emotion_get_colours_in_their_order():
    assert emotion_colours(["x", "happy", "y"])[::2] == list(OTHERS[:2])
    assert len(emotion_colours([str(number) for number in range(9)])) == 9
