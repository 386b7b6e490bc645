"""What benches/beside.rs compares with: reads the name of an experiment, runs it once, prints its seconds."""

import math
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from time import perf_counter


def sqrt():
    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(math.sqrt, range(20)))


def tiny(workers=2, tasks=100_000):
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(abs, n) for n in range(tasks)]
        return sum(future.result() for future in futures)


def completed(workers=2, tasks=100_000):
    with ThreadPoolExecutor(workers) as pool:
        return sum(future.result() for future in as_completed([pool.submit(abs, n) for n in range(tasks)]))


for line in sys.stdin:
    experiment, times = line.split()
    function = globals()[experiment]
    start = perf_counter()
    for _ in range(int(times)):
        function()
    print((perf_counter() - start) / int(times), flush=True)
