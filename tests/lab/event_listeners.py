"""So many clients of one event stream, until standard input ends; prints how many events each heard.

    event_listeners.py COUNT HOST PORT
"""

import asyncio
import json
import sys

READ_BYTES = 1 << 16


async def listen(host, port, heard, index):
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    while data := await reader.read(READ_BYTES):
        heard[index] += data.count(b"event: view\n")


async def main():
    count, host, port = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    heard = [0] * count
    tasks = [asyncio.create_task(listen(host, port, heard, index)) for index in range(count)]
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(heard), flush=True)


asyncio.run(main())
