"""Counts shards as Ray tasks: ray_count.py SHARDS PARTS FLAG…, the flags being those of `vocab-merge count`.

Every task starts the command and waits; the counting is not in Python. A task that fails is started twice more.
"""

import os
import subprocess
import sys

import ray

shards, parts, flags = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
place = os.getcwd()


@ray.remote(num_cpus=1, max_retries=2, retry_exceptions=True)
def count(index):
    # A worker runs in a folder of its own.
    out = os.path.join(parts, f"part-{index}.tsv.gz")
    command = ["vocab-merge", "count", *flags, "--shard", f"{index}/{shards}", "--out", out]
    subprocess.run(command, cwd=place, check=True)


os.makedirs(parts, exist_ok=True)
ray.init()
ray.get([count.remote(index) for index in range(1, shards + 1)])
