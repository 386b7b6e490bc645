import threading
from concurrent.futures import ThreadPoolExecutor

local = threading.local()


def connect():
    local.connection = "a connection of its thread"


def fetch(page):
    return f"page {page} over {local.connection}"


with ThreadPoolExecutor(2, initializer=connect) as pool:
    for answer in pool.map(fetch, range(3)):
        print(answer)
