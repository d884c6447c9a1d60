"""Images and OCR."""
