"""A stand-in for Amazon SES, API version 2, for mails going out: what it takes, refuses, rewrites and tells afterwards.

Written from Amazon's own pages, not from the hub's limits: a wrong limit of the hub fails a test here.
"""

from local.stand_ins.ses.behaviour import ERRORS, Behaviour
from local.stand_ins.ses.notices import Notices
from local.stand_ins.ses.provider import Delivered, Provider, Said
from local.stand_ins.ses.server import Server

__all__ = ["ERRORS", "Behaviour", "Delivered", "Notices", "Provider", "Said", "Server"]
