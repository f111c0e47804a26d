"""A trained model on recordings of one's own; see `SpeechEmotion`.

Neither torch nor ESPnet is imported where a packed model is run by onnxruntime.
"""

from sentemo.inference.results import SpeechEmotionResult
from sentemo.inference.speech_emotion import SpeechEmotion

__all__ = ["SpeechEmotion", "SpeechEmotionResult"]
