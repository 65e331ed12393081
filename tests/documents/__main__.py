"""Write what is generated: ``PYTHONPATH=tests python -m documents``."""

from __future__ import annotations

from documents.generated import contents

for path, text in contents().items():
    path.write_text(text, encoding="utf-8")
