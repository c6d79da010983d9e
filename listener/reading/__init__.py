"""What a text says: its language and its sentiment."""

from listener.reading.language import UNDETERMINED
from listener.reading.reader import READING_VERSION, Evidence, Layer, Reader, Reading

__all__ = ["READING_VERSION", "UNDETERMINED", "Evidence", "Layer", "Reader", "Reading"]
