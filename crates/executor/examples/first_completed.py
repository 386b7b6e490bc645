import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

MIRRORS = [("near", 0.05), ("far", 0.5), ("farther", 0.5), ("farthest", 0.5)]


def ask(mirror, seconds):
    time.sleep(seconds)
    return mirror


with ThreadPoolExecutor(2) as pool:
    futures = [pool.submit(ask, mirror, seconds) for mirror, seconds in MIRRORS]
    done, rest = wait(futures, return_when=FIRST_COMPLETED)
    for future in done:
        print(f"{future.result()} answered first")
    for future in rest:
        future.cancel()
    print(f"the other {len(rest)} are not needed")
