"""The flags as *Fluent Python* fetches them, each way by its name: python flags.py WAY LINES CONCURRENCY.

LINES is a file with "-o FILE URL" a line. A flag that does not exist is left out; any other failure ends the program.

one-by-one, threads, processes   httpx.get: a new client, and with it a TLS context, for each request
asyncio                          the same with an httpx.AsyncClient for each request
threads-shared                   one httpx.Client for all threads
aiohttp                          one aiohttp session for all tasks
"""

import asyncio
import os
import sys
from concurrent import futures
from functools import partial

TIMEOUT = 60.0


def save(file, status, image):
    if status == 404:
        return
    if status != 200:
        sys.exit(f"{file}: status {status}")
    with open(file + ".part", "wb") as fp:
        fp.write(image)
    os.replace(file + ".part", file)


def download_one(task, get=None):
    import httpx

    file, url = task
    response = (get or httpx.get)(url, timeout=TIMEOUT, follow_redirects=True)
    save(file, response.status_code, response.content)


def one_by_one(tasks, concurrency):
    for task in tasks:
        download_one(task)


def threads(tasks, concurrency):
    with futures.ThreadPoolExecutor(concurrency) as executor:
        list(executor.map(download_one, tasks))


def processes(tasks, concurrency):
    with futures.ProcessPoolExecutor() as executor:
        list(executor.map(download_one, tasks))


def threads_shared(tasks, concurrency):
    import httpx

    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    with httpx.Client(limits=limits) as client, futures.ThreadPoolExecutor(concurrency) as executor:
        list(executor.map(partial(download_one, get=client.get), tasks))


async def workers(download, tasks, concurrency):
    left = iter(tasks)

    async def worker():
        for file, url in left:
            save(file, *await download(url))

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(worker())


async def with_httpx(tasks, concurrency):
    import httpx

    async def download(url):
        async with httpx.AsyncClient() as client:
            response = await client.get(url, timeout=TIMEOUT, follow_redirects=True)
            return response.status_code, response.content

    await workers(download, tasks, concurrency)


async def with_aiohttp(tasks, concurrency):
    import aiohttp

    connector = aiohttp.TCPConnector(limit=concurrency)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        async def download(url):
            async with session.get(url) as response:
                return response.status, await response.read()

        await workers(download, tasks, concurrency)


WAYS = {
    "one-by-one": one_by_one,
    "threads": threads,
    "processes": processes,
    "threads-shared": threads_shared,
    "asyncio": lambda *work: asyncio.run(with_httpx(*work)),
    "aiohttp": lambda *work: asyncio.run(with_aiohttp(*work)),
}

if __name__ == "__main__":
    way, lines, concurrency = sys.argv[1:]
    with open(lines) as fp:
        tasks = [tuple(line.split()[1:]) for line in fp]
    WAYS[way](tasks, int(concurrency))
