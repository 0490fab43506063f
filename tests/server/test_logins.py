"""How slow guessing a login is, from one address and from many."""

from __future__ import annotations

import asyncio
import time

from bge_demo.server.logins import KNOWN_ADDRESSES, WRONG_OF_ALL, WRONG_OF_ONE, Attempts, Logins

SECONDS = 0.05


async def _attempt(attempts: Attempts, address: str, is_right: bool = False) -> None:
    attempts.begin(address)
    await attempts.end(address, is_right)


async def _fill(attempts: Attempts, n_addresses: int) -> list[asyncio.Task[None]]:
    addresses = [f"10.0.0.{i}" for i in range(n_addresses) for _ in range(WRONG_OF_ONE)]
    tasks = [asyncio.create_task(_attempt(attempts, address)) for address in addresses]
    await asyncio.sleep(0)
    return tasks


def test_one_address_waits_while_others_do_not() -> None:
    async def run() -> None:
        attempts = Attempts(SECONDS)
        tasks = await _fill(attempts, 1)
        assert attempts.is_full("10.0.0.0")
        assert not attempts.is_full("10.0.0.1")
        await asyncio.gather(*tasks)
        await asyncio.sleep(SECONDS)
        assert not attempts.is_full("10.0.0.0")

    asyncio.run(run())


def test_many_addresses_wait_but_not_one_that_had_the_right_login() -> None:
    async def run() -> None:
        attempts = Attempts(SECONDS)
        await _attempt(attempts, "friend", is_right=True)
        tasks = await _fill(attempts, WRONG_OF_ALL)
        assert attempts.is_full("stranger")
        assert not attempts.is_full("friend")
        await asyncio.gather(*tasks)

    asyncio.run(run())


def test_hanging_up_does_not_make_room() -> None:
    async def run() -> None:
        attempts = Attempts(SECONDS)
        for task in await _fill(attempts, 1):
            task.cancel()
        await asyncio.sleep(0)
        assert attempts.is_full("10.0.0.0")

    asyncio.run(run())


def test_what_is_remembered_is_bounded() -> None:
    async def run() -> None:
        attempts = Attempts(0)
        for i in range(KNOWN_ADDRESSES + 5):
            await _attempt(attempts, f"right {i}", is_right=True)
            await _attempt(attempts, f"wrong {i}")
        await asyncio.sleep(0.01)
        assert len(attempts._known) == KNOWN_ADDRESSES
        assert not attempts._held

    asyncio.run(run())


def test_a_login_ends_after_its_time() -> None:
    logins = Logins(seconds=0.05)
    assert logins.ended("a") == []
    time.sleep(0.03)
    assert logins.ended("b") == []
    time.sleep(0.03)
    assert logins.ended("a") == ["a"]
    assert logins.ended("b") == []


def test_beyond_the_bound_the_oldest_login_ends() -> None:
    logins = Logins(most=2)
    assert [logins.ended(token) for token in "abab"] == [[]] * 4
    assert logins.ended("c") == ["a"]
