import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed


def load(url):
    with urllib.request.urlopen(url, timeout=60) as response:
        return len(response.read())


with ThreadPoolExecutor(5) as pool:
    pages = {pool.submit(load, url): url for url in sys.argv[1:]}
    for page in as_completed(pages):
        url = pages[page]
        try:
            print(f"{url}: {page.result()} bytes")
        except OSError as error:
            print(f"{url}: failed: {error}")
