"""Finished runs whose stages tests disturb."""

import pytest
from small_stages import emotion_stages, recognition_stages


@pytest.fixture(scope="session")
def emotion(tmp_path_factory):
    return emotion_stages(tmp_path_factory.mktemp("emotion"))


@pytest.fixture(scope="session")
def recognition(tmp_path_factory):
    return recognition_stages(tmp_path_factory.mktemp("recognition"))
