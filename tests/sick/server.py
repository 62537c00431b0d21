"""The sick registry itself: one thread, one event loop, a pair of loopback ports for each running scenario."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import socket
import ssl
import struct
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.utils import formatdate
from pathlib import Path
from typing import Any, TypeVar

from tests.sick import registry
from tests.sick.answer import Answer, Ending, Framing
from tests.sick.certificates import REFUSING, Certificates
from tests.sick.request import Request
from tests.sick.scenario import Door, Scenario

T = TypeVar("T")
HOME, ELSEWHERE = "127.0.0.1", "127.0.0.2"
_TLS_HANDSHAKE = 0x16
_LONG = 600
_MAIL = b"220 mail.example.org ESMTP Postfix\r\n"
#: What Go's servers say to a client that speaks the other protocol.
_GOT_TLS = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"
)
_GOT_PLAIN = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"


@dataclass
class Running:
    """One run of a scenario.

    Attributes:
        host: ``address:port`` to pull from.
        listening: where the sick registry listens, which is elsewhere if the door is closed.
        seen: ``METHOD target`` of each request, in order.
        leaks: those that carried an authorization to a place that must not see it.
    """

    scenario: Scenario
    contents: Any
    host: str = ""
    listening: str = ""
    elsewhere: str = ""
    seen: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def repository(self) -> str:
        return f"sick/{self.scenario.name}"

    @property
    def scheme(self) -> str:
        return "https" if self.scenario.door is Door.TLS else "http"

    @property
    def reference(self) -> str:
        """What is given to ``pull``, without a scheme."""
        scenario = self.scenario
        suffix = f"@{scenario.digest(self.contents)}" if scenario.digest else f":{scenario.tag}"
        return f"{self.host}/{self.repository}{suffix}"

    def answer(self, method: str, target: str, headers: Message, body: bytes, *, at_home: bool) -> Answer:
        """The answer to one request."""
        request = Request(
            method,
            target,
            headers,
            body,
            repository=self.contents,
            name=self.repository,
            registry=f"{self.scheme}://{self.host}",
            elsewhere=f"http://{self.elsewhere}",
            at_home=at_home,
            counts=self.counts,
        )
        self.seen.append(f"{method} {target}")
        if request.kind == "store" and request.authorization:
            self.leaks.append(f"{method} {target}")
        answer = self.scenario.handle(request) or registry.serve(request)
        if not any(name.lower() == "date" for name, _ in answer.headers):
            answer = answer.adding(("Date", formatdate(usegmt=True)))
        return answer


class SickRegistry:
    """Serves scenarios until it is closed; a context manager.

    Args:
        folder: for certificates.
    """

    def __init__(self, folder: Path) -> None:
        self.certificates = Certificates(folder)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sick registry", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> SickRegistry:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @contextlib.contextmanager
    def serving(self, scenario: Scenario) -> Iterator[Running]:
        """Serve one scenario, with a state of its own, during the block."""
        running = Running(scenario, scenario.make(scenario.name))
        far = scenario.door not in (Door.PLAIN, Door.CLOSED, Door.NO_SUCH_NAME, Door.DEAF)
        with contextlib.ExitStack() as stack:
            main = self._listen(stack, ELSEWHERE if far else HOME, running, at_home=True)
            other = self._listen(stack, HOME if far else ELSEWHERE, running, at_home=False)
            running.host = running.listening = main
            running.elsewhere = other
            if scenario.door is Door.CLOSED:
                running.host = _closed_port(stack)
            elif scenario.door is Door.DEAF:
                running.host = _deaf_port(stack)
            elif scenario.door is Door.NO_SUCH_NAME:
                running.host = "registry.invalid"
            yield running

    def _listen(self, stack: contextlib.ExitStack, address: str, running: Running, *, at_home: bool) -> str:
        listener = socket.create_server((address, 0), backlog=64)
        listener.setblocking(False)
        secure = at_home and running.scenario.door is Door.TLS
        context = self.certificates.context(running.scenario.certificate) if secure else None
        mine: set[asyncio.Task[None]] = set()
        self._wait(self._start(self._accept(listener, running, context, mine, at_home=at_home), mine))

        def stop() -> None:
            self._wait(_cancel(mine))
            listener.close()

        stack.callback(stop)
        return f"{address}:{listener.getsockname()[1]}"

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self, work: Coroutine[Any, Any, None], mine: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(work)
        for group in (mine, self._tasks):
            group.add(task)
            task.add_done_callback(group.discard)

    async def _cancel_all(self) -> None:
        await _cancel(self._tasks)

    async def _accept(
        self,
        listener: socket.socket,
        running: Running,
        context: ssl.SSLContext | None,
        mine: set[asyncio.Task[None]],
        *,
        at_home: bool,
    ) -> None:
        while True:
            connection, _ = await self._loop.sock_accept(listener)
            connection.setblocking(False)
            await self._start(_Connection(connection, running, context, at_home=at_home).serve(), mine)


async def _cancel(tasks: set[asyncio.Task[None]]) -> None:
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _closed_port(stack: contextlib.ExitStack) -> str:
    """An address that refuses connections: bound, so that nobody else takes it, but not listening."""
    bound = stack.enter_context(socket.socket())
    bound.bind((HOME, 0))
    return f"{HOME}:{bound.getsockname()[1]}"


def _deaf_port(stack: contextlib.ExitStack) -> str:
    """An address that answers no packets: its queue of connections is full, so that Linux drops what else comes."""
    listener = stack.enter_context(socket.create_server((HOME, 0), backlog=0))
    for _ in range(4):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    return f"{HOME}:{listener.getsockname()[1]}"


class _Connection:
    """One connection: the protocol is found out by its first byte, then requests are answered in turn."""

    def __init__(
        self, connection: socket.socket, running: Running, context: ssl.SSLContext | None, *, at_home: bool
    ) -> None:
        self._socket = connection
        self._running = running
        self._context = context
        self._at_home = at_home

    async def serve(self) -> None:
        """Answer requests until one side ends it."""
        loop = asyncio.get_running_loop()
        writer: asyncio.StreamWriter | None = None
        with contextlib.closing(self._socket), contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError):
            try:
                if not await self._agreed(loop):
                    return
                if self._context and self._running.scenario.certificate in REFUSING:
                    await asyncio.to_thread(_shake_in_vain, self._socket, self._context)
                    return
                reader = asyncio.StreamReader(limit=1 << 20)
                protocol = asyncio.StreamReaderProtocol(reader)
                transport, _ = await loop.connect_accepted_socket(lambda: protocol, self._socket, ssl=self._context)
                writer = asyncio.StreamWriter(transport, protocol, reader, loop)
                while await self._one(reader, writer):
                    pass
            finally:
                if writer is not None:
                    writer.transport.abort()

    async def _agreed(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether the client speaks the protocol of this port; if not, it is told as real servers do."""
        door = self._running.scenario.door if self._at_home else Door.PLAIN
        if door is Door.OTHER_PROTOCOL:
            await loop.sock_sendall(self._socket, _MAIL)
        first = await _peek(loop, self._socket)
        if door is Door.SILENT:
            await asyncio.sleep(_LONG)
        if door in (Door.SILENT, Door.SLAMMED, Door.OTHER_PROTOCOL):
            return False
        if not first:
            return False
        is_tls = first[0] == _TLS_HANDSHAKE
        if is_tls == (self._context is not None):
            return True
        await loop.sock_recv(self._socket, 1 << 16)
        await loop.sock_sendall(self._socket, _GOT_TLS if is_tls else _GOT_PLAIN)
        return False

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        line, _, fields = head.partition(b"\r\n")
        method, target, _ = line.decode("latin-1").split(" ")
        headers = http.client.parse_headers(io.BytesIO(fields))
        body = await reader.readexactly(int(headers.get("Content-Length") or 0))
        answer = self._running.answer(method, target, headers, body, at_home=self._at_home)
        await asyncio.sleep(answer.delay)
        await _send(writer, answer, with_body=method != "HEAD")
        return await self._end(reader, writer, answer)

    async def _end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        if answer.ending is Ending.HANG:
            while await reader.read(1 << 16):
                pass
        elif answer.ending is Ending.RESET:
            linger = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        elif answer.ending is Ending.CLOSE or answer.framing is Framing.CLOSE:
            writer.close()
            await writer.wait_closed()
        else:
            return True
        return False


def _shake_in_vain(connection: socket.socket, context: ssl.SSLContext) -> None:
    """A handshake that fails, with the alert that tells why; asyncio would close before it is sent."""
    connection.setblocking(True)
    connection.settimeout(5)
    with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as secure:
        with contextlib.suppress(OSError):
            secure.do_handshake()
        with contextlib.suppress(OSError):
            secure.shutdown(socket.SHUT_WR)
            while secure.recv(1 << 16):
                pass


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def _peek(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> bytes:
    """The first byte, which stays where it is."""
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(connection, lambda: _wake(ready))
    try:
        await ready
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


async def _send(writer: asyncio.StreamWriter, answer: Answer, *, with_body: bool) -> None:
    if answer.raw is not None:
        writer.write(answer.raw)
        await writer.drain()
        return
    writer.write(answer.head())
    data = answer.body if answer.sent is None else answer.body[: answer.sent]
    while with_body:
        await _send_body(writer, data, answer)
        if not answer.endless:
            break
    if with_body and answer.framing is Framing.CHUNKED and answer.ending is Ending.KEEP:
        writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _send_body(writer: asyncio.StreamWriter, data: bytes, answer: Answer) -> None:
    size, pause = answer.pace or (1 << 16, 0.0)
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if answer.framing is Framing.CHUNKED else piece)
        await writer.drain()
        if pause:
            await asyncio.sleep(pause)
