"""A trained model on your own recordings; see `SpeechEmotion`.

Where onnxruntime runs a packed model, neither torch nor ESPnet is imported.
"""

from sentemo.inference.answers import SpeechEmotionResult
from sentemo.inference.speech_emotion import SpeechEmotion

__all__ = ["SpeechEmotion", "SpeechEmotionResult"]
