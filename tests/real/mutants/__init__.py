"""The parts of `mutation.py`: base programs, their edits, data that agree on what is admitted, and the engine that decides."""
