"""Counts shards as Dask tasks: dask_count.py SHARDS PARTS FLAG…, the flags being those of `vocab-merge count`.

Every task starts the command and waits; the counting is not in Python. A task that fails is started twice more.
"""

import os
import subprocess
import sys

from distributed import Client


def count(index, shards, parts, flags, place):
    out = os.path.join(parts, f"part-{index}.tsv.gz")
    command = ["vocab-merge", "count", *flags, "--shard", f"{index}/{shards}", "--out", out]
    subprocess.run(command, cwd=place, check=True)


if __name__ == "__main__":
    shards, parts, flags = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    os.makedirs(parts, exist_ok=True)
    # Threads are enough: they only wait.
    address = os.environ.get("DASK_SCHEDULER")
    with Client(address) if address else Client(processes=False, dashboard_address=None) as client:
        tasks = client.map(
            count, range(1, shards + 1), shards=shards, parts=parts, flags=flags, place=os.getcwd(), retries=2
        )
        client.gather(tasks)
