"""What a webhook imports of AWS is the standard library alone: its cold start depends on it."""

from __future__ import annotations

import subprocess
import sys

MODULES = ["http", "queues", "files", "secrets", "metrics", "attributes"]


def test_only_the_table_needs_more_than_the_standard_library() -> None:
    program = f"""
import importlib, sys
for name in {MODULES!r}:
    importlib.import_module("shared.aws." + name)
outside = {{name.partition(".")[0] for name in sys.modules}} - set(sys.stdlib_module_names)
print(sorted(outside & {{"boto3", "botocore", "pydantic", "requests", "urllib3"}}))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"


def test_the_table_imports_boto3_only_to_connect() -> None:
    program = "import sys, shared.aws.table; print('boto3' in sys.modules, 'botocore' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "False False"
