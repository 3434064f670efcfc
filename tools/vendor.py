"""Compare the files that others made with what tools/vendor.toml records of them."""

import hashlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOREIGN = {".woff", ".woff2", ".ttf", ".otf", ".wasm"}


def faults() -> Iterator[str]:
    """Say of each file what is wrong with it."""
    files = tomllib.loads((ROOT / "tools" / "vendor.toml").read_text())["file"]
    for file in files:
        found = hashlib.sha256((ROOT / file["path"]).read_bytes()).hexdigest()
        if found != file["sha256"]:
            yield f"{file['path']} has hash {found}, not {file['sha256']}"
        if not (ROOT / file["licence_file"]).read_text().strip():
            yield f"{file['licence_file']} is empty"
    listed = {file["path"] for file in files}
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix in FOREIGN and str(path.relative_to(ROOT)) not in listed:
            yield f"{path.relative_to(ROOT)} is not in tools/vendor.toml"


def main() -> int:
    """Print the faults; succeed if there are none."""
    found = list(faults())
    print("\n".join(found) or "Every file made by others is as recorded.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
