"""A stand-in for Meta's Send API, for Messenger and Instagram: `Provider` decides, `Server` speaks HTTP on loopback.

It checks host, token, shapes, lengths, windows and tags as the sheet says, keeps what it delivered to each person, and
tells the hub's webhooks of echoes and receipts. It can be told to be late, to lose answers, and to tell in any order.
Source: messenger_instagram.md, "Echoes", "Comments", "Sending", "Windows and tags", "Errors", 2026-11.
"""

from __future__ import annotations

from local.stand_ins.messenger.behaviour import Behaviour
from local.stand_ins.messenger.courier import Courier
from local.stand_ins.messenger.people import People
from local.stand_ins.messenger.provider import Account, Delivered, Provider
from local.stand_ins.messenger.server import Server

__all__ = ["Account", "Behaviour", "Courier", "Delivered", "People", "Provider", "Server"]
