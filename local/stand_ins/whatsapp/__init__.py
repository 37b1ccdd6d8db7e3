"""A stand-in for Meta's Cloud API, as far as sending goes: `Provider` decides, `Server` speaks HTTP on loopback.

It checks token, shapes, lengths, windows and rates as the sheet says, keeps what it delivered to each person, and
sends receipts to the hub's webhook. It can be told to be late, to lose answers, and to send receipts in any order.
Source: whatsapp.md, "Statuses", "Sending", "Windows and limits", "Errors", 2026-11.
"""

from __future__ import annotations

from local.stand_ins.teller import Post
from local.stand_ins.whatsapp.behaviour import Behaviour
from local.stand_ins.whatsapp.provider import Delivered, Provider
from local.stand_ins.whatsapp.receipts import Receipts
from local.stand_ins.whatsapp.rules import Known
from local.stand_ins.whatsapp.server import Server

__all__ = ["Behaviour", "Delivered", "Known", "Post", "Provider", "Receipts", "Server"]
