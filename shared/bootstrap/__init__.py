"""The one place that chooses implementations.

Everything is made when first asked for and kept for the life of the process, and every import is made
where it is needed: a function pays for what it uses and no more. `install` puts other implementations
in place before the first use (the embedded run, tests).
"""

from __future__ import annotations

from shared.bootstrap.channels import CHANNELS as CHANNELS
from shared.bootstrap.channels import MEDIA as MEDIA
from shared.bootstrap.channels import WAYS_OUT as WAYS_OUT
from shared.bootstrap.channels import channel as channel
from shared.bootstrap.channels import fetcher as fetcher
from shared.bootstrap.channels import mailer as mailer
from shared.bootstrap.channels import way_out as way_out
from shared.bootstrap.engine import CONNECTORS as CONNECTORS
from shared.bootstrap.engine import clock as clock
from shared.bootstrap.engine import config as config
from shared.bootstrap.engine import connector_options as connector_options
from shared.bootstrap.engine import draw as draw
from shared.bootstrap.engine import files as files
from shared.bootstrap.engine import logs as logs
from shared.bootstrap.engine import lookup as lookup
from shared.bootstrap.engine import metrics as metrics
from shared.bootstrap.engine import pause as pause
from shared.bootstrap.engine import queues as queues
from shared.bootstrap.engine import secrets as secrets
from shared.bootstrap.engine import table as table
from shared.bootstrap.engine import workers as workers
from shared.bootstrap.figures import making as making
from shared.bootstrap.figures import measuring as measuring
from shared.bootstrap.figures import shards_end as shards_end
from shared.bootstrap.installing import _installed as _installed
from shared.bootstrap.installing import install as install
from shared.bootstrap.installing import installed as installed
from shared.bootstrap.installing import once as once
from shared.bootstrap.links import LINKS_FILES as LINKS_FILES
from shared.bootstrap.links import PROVIDER_FETCHES_S as PROVIDER_FETCHES_S
from shared.bootstrap.links import file_keys as file_keys
from shared.bootstrap.links import file_links as file_links
from shared.bootstrap.links import link_for_provider as link_for_provider
from shared.bootstrap.links import public_url as public_url
from shared.bootstrap.links import signing_keys as signing_keys
from shared.bootstrap.links import survey_links as survey_links
from shared.bootstrap.recording import context as context
from shared.bootstrap.recording import intake as intake
from shared.bootstrap.reviews import send_reviews as send_reviews
from shared.bootstrap.tools import asked_connectors as asked_connectors
from shared.bootstrap.tools import backs as backs
from shared.bootstrap.tools import connectors as connectors
from shared.bootstrap.tools import connectors_of as connectors_of
from shared.bootstrap.tools import hook as hook
from shared.bootstrap.tools import setups as setups
from shared.bootstrap.tools import stock as stock
