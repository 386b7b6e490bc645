from concurrent.futures import ThreadPoolExecutor
from functools import partial


def divide(n):
    return 12 // n


def report(n, future):
    # The text and the end of the line in one write: otherwise lines of several threads mix.
    if future.exception():
        print(f"12 / {n} failed\n", end="")
    else:
        print(f"12 / {n} = {future.result()}\n", end="")


with ThreadPoolExecutor(3) as pool:
    for n in range(4):
        pool.submit(divide, n).add_done_callback(partial(report, n))
