"""What an answer says, whatever it is made of."""

from io import BytesIO

from pypdf import PdfReader


def said_in(answer) -> str:
    """Give the words of an answer; those of a PDF are read out of its pages."""
    streams = getattr(answer, "streaming", False)
    body = b"".join(answer.streaming_content) if streams else answer.content
    if body.startswith(b"%PDF-"):
        # A line of a paper may break anywhere; what is looked for must be found all the same.
        pages = (page.extract_text() for page in PdfReader(BytesIO(body)).pages)
        return "\n".join(pages).replace("-\n", "").replace("\n", " ")
    return body.decode("utf-8", "replace")
