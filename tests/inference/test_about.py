"""The page reads languages, figures and limits from a model's card."""

from sentemo.inference.card_parts import front_matter, limits_section
from sentemo.inference.description import Description
from sentemo.inference.serving.about import read_about

DESCRIBED = Description("open", ("happy", "neutral", "sad"), None, "fbank80", 0.04, 0.1, 1)


def test_languages_licence_and_limits_are_those_of_the_card_and_examples_those_of_the_model(
    tmp_path,
):
    card = [
        front_matter(["EmoDB look-alike", "nEMO"], "CC0"),
        "# open",
        limits_section(["EmoDB", "nEMO"], ["Few."]),
    ]
    text = "\n\n".join([*card, "## Files\n\n- no limit"])
    (tmp_path / "README.md").write_text(text)
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "one_happy.wav").touch()
    about = read_about(DESCRIBED, tmp_path)
    assert about.output == "happy, neutral or sad"
    assert about.facts == {"Languages": "German, Polish", "Licence": "cc0-1.0"}
    assert "EmoDB, nEMO alone" in about.limits[0] and about.limits[-1] == "Few."
    assert about.examples == {"one happy": tmp_path / "examples" / "one_happy.wav"}


def test_a_model_without_card_has_no_facts_and_a_damaged_card_breaks_nothing(tmp_path):
    assert read_about(DESCRIBED, None).facts == {}
    (tmp_path / "README.md").write_text("---\n{: :\n---\n# open\n")
    about = read_about(DESCRIBED, tmp_path)
    assert (about.facts, about.limits, len(about.examples)) == ({}, [], 2)
