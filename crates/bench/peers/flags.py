"""The flags as Python fetches them, each way by its name: python flags.py WAY LINES CONCURRENCY.

LINES is a file with "-o FILE URL" a line. A flag that does not exist is left out; any other failure ends the program.

As *Fluent Python* 2e, chapter 20, fetches them, without its display and its counts:
  sequential            flags2_sequential.py: httpx.get, which makes a client, and so a TLS context, for each request
  threads               flags2_threadpool.py: the same in threads
  processes             the same with the executor swapped
  asyncio               flags2_asyncio.py: one httpx.AsyncClient, a semaphore, files written in another thread

The same with the standard library alone:
  sequential-urllib     urllib.request.urlopen, a connection for each request
  threads-urllib        the same in threads

As one does it when time matters:
  sequential-client     one httpx.Client
  threads-client        one httpx.Client, whose pool keeps a connection for each thread
  processes-client      an httpx.Client in each process, and several flags in each message to it
  aiohttp               one aiohttp.ClientSession, on uvloop
  pycurl                one pycurl.CurlMulti, its handles used again

Each way imports what it needs, so that none pays for another's library.
"""

import os
import sys
from functools import partial

# Seconds. The chapter has 3.1, in which a busy machine loses flags; a limit that is not reached costs no time.
TIMEOUT = 60


def is_there(status, url):
    if status not in (200, 404):
        sys.exit(f"{url}: status {status}")
    return status == 200


def save(file, image):
    with open(file, "wb") as fp:
        fp.write(image)


def as_many_as_processors(concurrency):
    return min(concurrency, os.cpu_count())


def download_one(get, task):
    file, url = task
    response = get(url, timeout=TIMEOUT, follow_redirects=True)
    if is_there(response.status_code, url):
        save(file, response.content)


def sequential(tasks, concurrency):
    import httpx

    for task in tasks:
        download_one(httpx.get, task)


def threads(tasks, concurrency):
    import httpx
    from concurrent import futures

    with futures.ThreadPoolExecutor(concurrency) as executor:
        list(executor.map(partial(download_one, httpx.get), tasks))


def processes(tasks, concurrency):
    import httpx
    from concurrent import futures

    with futures.ProcessPoolExecutor(as_many_as_processors(concurrency)) as executor:
        list(executor.map(partial(download_one, httpx.get), tasks))


async def asyncio_client(tasks, concurrency):
    import asyncio

    import httpx

    semaphore = asyncio.Semaphore(concurrency)
    async with httpx.AsyncClient() as client:

        async def download_one(file, url):
            async with semaphore:
                response = await client.get(url, timeout=TIMEOUT, follow_redirects=True)
            if is_there(response.status_code, url):
                await asyncio.to_thread(save, file, response.content)

        await asyncio.gather(*(download_one(*task) for task in tasks))


def download_one_urllib(task):
    from urllib.error import HTTPError
    from urllib.request import urlopen

    file, url = task
    try:
        with urlopen(url, timeout=TIMEOUT) as response:
            status, image = response.status, response.read()
    except HTTPError as error:
        status = error.code
    if is_there(status, url):
        save(file, image)


def sequential_urllib(tasks, concurrency):
    for task in tasks:
        download_one_urllib(task)


def threads_urllib(tasks, concurrency):
    from concurrent import futures

    with futures.ThreadPoolExecutor(concurrency) as executor:
        list(executor.map(download_one_urllib, tasks))


def sequential_client(tasks, concurrency):
    import httpx

    with httpx.Client() as client:
        for task in tasks:
            download_one(client.get, task)


def threads_client(tasks, concurrency):
    import httpx
    from concurrent import futures

    # By default it keeps 20 idle connections, and closes the others.
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    with httpx.Client(limits=limits) as client, futures.ThreadPoolExecutor(concurrency) as executor:
        list(executor.map(partial(download_one, client.get), tasks))


def start_worker():
    import httpx

    global client
    client = httpx.Client()


def download_in_worker(task):
    download_one(client.get, task)


def processes_client(tasks, concurrency):
    # httpx is loaded here, so that no forked process has to load it again.
    import httpx  # noqa: F401
    from concurrent import futures

    workers = as_many_as_processors(concurrency)
    # As multiprocessing.Pool.map deals them out.
    chunksize = max(1, len(tasks) // (4 * workers))
    with futures.ProcessPoolExecutor(workers, initializer=start_worker) as executor:
        list(executor.map(download_in_worker, tasks, chunksize=chunksize))


async def aiohttp_session(tasks, concurrency):
    import asyncio

    import aiohttp

    left = iter(tasks)
    connector = aiohttp.TCPConnector(limit=concurrency)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def worker():
            for file, url in left:
                async with session.get(url) as response:
                    image = await response.read()
                if is_there(response.status, url):
                    save(file, image)

        await asyncio.gather(*(worker() for _ in range(concurrency)))


def pycurl_multi(tasks, concurrency):
    from io import BytesIO

    import pycurl

    left = iter(tasks)
    multi = pycurl.CurlMulti()

    def start(handle):
        task = next(left, None)
        if task is None:
            return 0
        handle.file, handle.url = task
        handle.body = BytesIO()
        handle.setopt(pycurl.URL, handle.url)
        handle.setopt(pycurl.WRITEDATA, handle.body)
        multi.add_handle(handle)
        return 1

    handles = [pycurl.Curl() for _ in range(concurrency)]
    running = 0
    for handle in handles:
        handle.setopt(pycurl.FOLLOWLOCATION, True)
        handle.setopt(pycurl.TIMEOUT, TIMEOUT)
        running += start(handle)
    while running:
        multi.perform()
        _, done, failed = multi.info_read()
        for handle, _, reason in failed:
            sys.exit(f"{handle.url}: {reason}")
        for handle in done:
            if is_there(handle.getinfo(pycurl.RESPONSE_CODE), handle.url):
                save(handle.file, handle.body.getbuffer())
            multi.remove_handle(handle)
            running += start(handle) - 1
        if running and not done:
            multi.select(1.0)


def with_asyncio(tasks, concurrency):
    import asyncio

    asyncio.run(asyncio_client(tasks, concurrency))


def with_aiohttp(tasks, concurrency):
    import uvloop

    uvloop.run(aiohttp_session(tasks, concurrency))


WAYS = {
    "sequential": sequential,
    "threads": threads,
    "processes": processes,
    "asyncio": with_asyncio,
    "sequential-urllib": sequential_urllib,
    "threads-urllib": threads_urllib,
    "sequential-client": sequential_client,
    "threads-client": threads_client,
    "processes-client": processes_client,
    "aiohttp": with_aiohttp,
    "pycurl": pycurl_multi,
}

if __name__ == "__main__":
    way, lines, concurrency = sys.argv[1:]
    with open(lines) as fp:
        tasks = [tuple(line.split()[1:]) for line in fp]
    WAYS[way](tasks, int(concurrency))
