"""The way to the network with a limit on what comes back, compressed or not."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import httpx2

_DROPPED_HEADERS = ("content-encoding", "content-length", "transfer-encoding")


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Reads a response to its end, unpacked, or to one byte more than `limit`, whichever comes first.

    Shape: a request takes a way that no other one is on, or a new one: one pool for all of them looks through all its
    connections twice for each request.
    """

    def __init__(self, open_way: Callable[[], httpx2.AsyncBaseTransport], *, limit: int) -> None:
        self._open_way = open_way
        self._most = limit + 1
        self._free: list[httpx2.AsyncBaseTransport] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The response, with a plain body that is in memory already.

        Errors: httpx2.DecodingError if the body is packed, and not as it says.
        """
        way = self._free.pop() if self._free else self._open_way()
        try:
            response = await way.handle_async_request(request)
            if response.is_success and request.method == "GET" and request.url.path.endswith("/content"):
                return response  # a file, as large as it likes: `client.read_lines` bounds what it takes of it
            try:
                content = await self._read(response)
            finally:
                await response.aclose()
        finally:
            self._free.append(way)
        headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in _DROPPED_HEADERS]
        return httpx2.Response(response.status_code, headers=headers, content=content)

    async def _read(self, response: httpx2.Response) -> bytes:
        """The body, as far as it is read."""
        is_packed = response.headers.get("content-encoding", "").strip().lower() in {"gzip", "x-gzip", "deflate"}
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if is_packed else None  # 32: gzip or zlib, as the start says
        content = bytearray()
        try:
            async for chunk in response.aiter_raw():
                room = self._most - len(content)
                content += unpack.decompress(chunk, room) if unpack else chunk[:room]
                if len(content) >= self._most:
                    break
        except zlib.error as error:
            raise httpx2.DecodingError(f"the body is no {response.headers['content-encoding']}") from error
        return bytes(content)

    async def aclose(self) -> None:
        """Close all ways."""
        for way in self._free:
            await way.aclose()
