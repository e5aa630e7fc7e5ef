"""What a notebook shows, and the learner's copy of a lesson."""

__all__: list[str] = []
