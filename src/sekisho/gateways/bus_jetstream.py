"""The log bus on NATS JetStream. See ``bus`` for what it promises and its errors."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import api
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from . import bus
from .bus import BusFull, BusUnavailable, BusUnsafe, Delivery, StreamCounts

CONNECT_SECONDS_MAX = 5
PUBLISH_SECONDS_MAX = 8
SERVER_ANSWER_SECONDS_MAX = 2.0
FETCH_MESSAGES_MAX = 8
"""Asked for at once: a pull looks after each fetch whether it has enough bytes."""
GATHER_SECONDS_MAX = 0.1
"""After the first message, how long a pull looks for company: one lake commit carries many batches."""

_STORE_FULL = {10023, 10047, 10077}
"""JetStream's codes for: insufficient resources, storage exceeded, maximum bytes (or messages) exceeded."""
_VARZ = "$SYS.REQ.SERVER.PING.VARZ"


class JetStreamBus:
    """A connection to one stream. Make it with ``connect``; one consumer of it at a time."""

    def __init__(self, client: Client, context: JetStreamContext, bytes_max: int) -> None:
        self._client = client
        self._js = context
        self._bytes_max = bytes_max
        self._subscription: JetStreamContext.PullSubscription | None = None

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        stream_bytes_max: int = bus.STREAM_BYTES_MAX,
        ack_wait_seconds: float = bus.ACK_WAIT_SECONDS,
        replicas: int = 1,
    ) -> JetStreamBus:
        """Connect, make sure that the server is safe, and lay the stream and its consumer.

        Raises BusUnavailable when nothing answers at ``url``, BusUnsafe when the server doesn't
        sync each message or doesn't say.
        """
        client = await connect_client(url)
        try:
            await _demand_sync(client)
            found = cls(client, client.jetstream(timeout=PUBLISH_SECONDS_MAX), stream_bytes_max)
            await found._lay(ack_wait_seconds, replicas)
        except BaseException:
            await client.close()
            raise
        return found

    async def _lay(self, ack_wait_seconds: float, replicas: int) -> None:
        stream = api.StreamConfig(
            name=bus.STREAM,
            subjects=["logs.>"],
            retention=api.RetentionPolicy.LIMITS,
            discard=api.DiscardPolicy.NEW,
            max_bytes=self._bytes_max,
            max_msg_size=bus.MESSAGE_BYTES_MAX,
            storage=api.StorageType.FILE,
            num_replicas=replicas,
            duplicate_window=bus.DUPLICATE_WINDOW_SECONDS,
            allow_direct=True,
        )
        consumer = api.ConsumerConfig(
            durable_name=bus.CONSUMER,
            ack_policy=api.AckPolicy.EXPLICIT,
            ack_wait=ack_wait_seconds,
            max_ack_pending=bus.UNACKNOWLEDGED_MESSAGES_MAX,
            max_deliver=-1,
        )
        try:
            try:
                await self._js.add_stream(stream)
            except APIError:
                await self._js.update_stream(stream)
            await self._js.add_consumer(bus.STREAM, consumer)
        except (APIError, nats.errors.Error, TimeoutError) as error:
            raise unavailable("the stream can't be laid", error) from error

    async def publish(self, device: str, source: str, payload: bytes, *, message_id: str, next: str = "") -> bool:
        headers = {"Nats-Msg-Id": message_id}
        if next:
            headers[bus.NEXT_HEADER] = next
        try:
            ack = await self._js.publish(
                bus.subject_of(device, source),
                payload,
                timeout=PUBLISH_SECONDS_MAX,
                stream=bus.STREAM,
                headers=headers,
            )
        except APIError as error:
            if error.err_code in _STORE_FULL:
                raise BusFull(f"the log stream is full: {error.description}") from error
            raise unavailable("the stream refused a message", error) from error
        except (nats.errors.Error, TimeoutError) as error:
            raise unavailable("a message was not acknowledged", error) from error
        return not ack.duplicate

    async def position(self, device: str, source: str) -> str | None:
        try:
            last = await self._js.get_last_msg(bus.STREAM, bus.subject_of(device, source), direct=True)
        except NotFoundError:
            return None
        except (APIError, nats.errors.Error, TimeoutError) as error:
            raise unavailable("the stream did not say its position", error) from error
        return (last.headers or {}).get(bus.NEXT_HEADER)

    async def pull(self, *, messages_max: int, bytes_max: int, seconds_max: float) -> list[Delivery]:
        subscription = await self._consumer()
        found: list[Delivery] = []
        size = 0
        wait = seconds_max
        deadline = time.monotonic() + seconds_max
        while len(found) < messages_max and size < bytes_max and wait > 0:
            messages = await _fetch(subscription, min(messages_max - len(found), FETCH_MESSAGES_MAX), wait)
            if not messages and found:
                break
            found += [_delivery(m) for m in messages]
            size += sum(len(m.data) for m in messages)
            deadline = min(deadline, time.monotonic() + GATHER_SECONDS_MAX) if found else deadline
            wait = deadline - time.monotonic()
        return found

    async def counts(self) -> StreamCounts:
        try:
            stream = await self._js.stream_info(bus.STREAM)
            consumer = await self._js.consumer_info(bus.STREAM, bus.CONSUMER)
        except (APIError, nats.errors.Error, TimeoutError) as error:
            raise unavailable("the stream did not say its counts", error) from error
        return StreamCounts(
            messages=stream.state.messages,
            bytes=stream.state.bytes,
            bytes_max=self._bytes_max,
            waiting=consumer.num_pending or 0,
            unacknowledged=consumer.num_ack_pending or 0,
            last_sequence=stream.state.last_seq,
            done_sequence=consumer.ack_floor.stream_seq if consumer.ack_floor else 0,
        )

    async def trim(self) -> int:
        stream = await self._js.stream_info(bus.STREAM)
        done = (await self.counts()).done_sequence
        first, count, size = stream.state.first_seq, stream.state.messages, stream.state.bytes
        if not count or done < first:
            return 0
        surplus = max(0, size - self._bytes_max // 2)
        by_size = first + -(-surplus * count // size)
        by_age = await self._first_younger(first, done + 1, time.time() - bus.REPLAY_SECONDS_MAX)
        keep_from = min(max(by_size, by_age), done + 1)
        if keep_from <= first:
            return 0
        await self._js.purge_stream(bus.STREAM, seq=keep_from)
        return keep_from - first

    async def _first_younger(self, low: int, high: int, instant: float) -> int:
        """The first sequence in [low, high) received after ``instant``, or ``high``; by bisection."""
        while low < high:
            middle = (low + high) // 2
            if await self._received_at(middle) <= instant:
                low = middle + 1
            else:
                high = middle
        return low

    async def _received_at(self, sequence: int) -> float:
        try:
            message = await self._js.get_msg(bus.STREAM, sequence)
        except NotFoundError:
            return 0.0
        return message.time.timestamp() if message.time else 0.0

    async def close(self) -> None:
        await self._client.close()

    async def _consumer(self) -> JetStreamContext.PullSubscription:
        if self._subscription is None:
            self._subscription = await self._js.pull_subscribe_bind(bus.CONSUMER, bus.STREAM)
        return self._subscription


async def connect_client(url: str) -> Client:
    client = Client()
    try:
        # The client itself would try for ever: right after a loss, wrong at the start.
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            await client.connect(
                url,
                name="sekisho",
                connect_timeout=CONNECT_SECONDS_MAX,
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                error_cb=_ignore,
            )
    except (nats.errors.Error, OSError, TimeoutError) as error:
        await client.close()
        raise unavailable("no connection to NATS", error) from error
    return client


async def _ignore(_: Exception) -> None:
    """The client reconnects by itself; each call that fails meanwhile says so to its caller."""


async def _demand_sync(client: Client) -> None:
    """Every server that answers must sync each message; a server that doesn't say isn't trusted."""
    servers = await _servers(client)
    if not servers:
        raise BusUnsafe(
            "NATS does not say whether it syncs each message: let the account of this user import the service "
            f"{_VARZ} from the system account (see the configuration that 'sekisho up' writes)"
        )
    for server in servers:
        config = (server.get("data", {}).get("jetstream") or {}).get("config")
        if config is not None and not config.get("sync_always"):
            name = server.get("server", {}).get("name", "?")
            raise BusUnsafe(
                f"NATS server {name} syncs only now and then, so it would lose acknowledged logs at a power cut: "
                "set 'sync_interval: always' in its jetstream block and restart it"
            )


async def _servers(client: Client) -> list[dict[str, Any]]:
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    answers: list[dict[str, Any]] = []
    wait = SERVER_ANSWER_SECONDS_MAX
    try:
        await client.publish(_VARZ, b"", reply=inbox)
        while True:
            message = await subscription.next_msg(timeout=wait)
            if not message.data:
                break  # "no responders"
            answers.append(json.loads(message.data))
            wait = SERVER_ANSWER_SECONDS_MAX / 10
    except (TimeoutError, nats.errors.TimeoutError):
        pass
    finally:
        await subscription.unsubscribe()
    return answers


async def _fetch(subscription: JetStreamContext.PullSubscription, count: int, seconds: float) -> list[Msg]:
    try:
        return await subscription.fetch(count, timeout=max(seconds, 0.01))
    except (TimeoutError, nats.errors.TimeoutError):
        return []
    except (APIError, nats.errors.Error) as error:
        raise unavailable("no messages could be fetched", error) from error


def _delivery(message: Msg) -> Delivery:
    return Delivery(
        data=message.data,
        message_id=(message.headers or {}).get("Nats-Msg-Id", ""),
        delivered=message.metadata.num_delivered or 1,
        sequence=message.metadata.sequence.stream,
        ack=_quietly(message.ack),
        retry_later=lambda delay: _quietly(lambda: message.nak(delay=delay))(),
        in_progress=_quietly(message.in_progress),
    )


def _quietly(call: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """An acknowledgement that can't be sent is no error: the message comes again, the ledger knows it."""

    async def attempt() -> None:
        try:
            await call()
        except (nats.errors.Error, OSError):
            return

    return attempt


def unavailable(what: str, error: BaseException) -> BusUnavailable:
    return BusUnavailable(f"{what}: {str(error) or type(error).__name__}")
