"""What AWS answers with an error."""


class Refused(Exception):
    """An error answer: AWS's code, words and HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
