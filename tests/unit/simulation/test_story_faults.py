"""Whatever is wrong with a story is named with its file, line, step and key, and never as a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from local.simulation.play import simulate
from local.simulation.story import StoryFault, read_story

ANA = '{channel: whatsapp, from: "12025550142", text: Hola}'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: b: c", "story.yaml:1: not YAML"),
        ("- 1", "story.yaml:1: must be a mapping with steps:"),
        ("title: x", "story.yaml:1: steps: must be a list of steps"),
        ("steps: []", "story.yaml:1: steps: must be a list of steps"),
        (f"stops: 1\nsteps:\n- {ANA}", 'story.yaml:1: stops: unknown key; did you mean "steps"?'),
        ("steps:\n- 3", "story.yaml:2: step 1: must be a mapping"),
        ("steps:\n- {text: Hola}", "story.yaml:2: step 1: no step: one of channel, connector, staff"),
        (f"steps:\n- {ANA}\n- {{wait: 48h}}", "story.yaml:3: step 2: wait: not a duration: write it as PT48H"),
        (
            'steps:\n- {channel: whatsapp, from: "12025550142", txt: a}',
            'step 1: txt: unknown key; did you mean "text"?',
        ),
        (
            "steps:\n- {channel: whatsapp, from: [12025550142]}",
            "story.yaml:2: step 1: from: must be text",
        ),
        ("steps:\n- {channel: fax, from: ana}", "story.yaml:2: step 1: channel: "),
        ("steps:\n- {channel: whatsapp, from: anna, text: a}", "step 1: from: on WhatsApp a phone such as"),
        ("steps:\n- {channel: email, from: anna, text: a}", "step 1: from: an address such as ana@example.com"),
        ("steps:\n- {channel: whatsapp, text: a}", "step 1: somebody writes: say from, or to"),
        (
            'steps:\n- {at: "2026-12-04T17:20:00", channel: webchat, from: v}',
            "step 1: at: a moment needs its time zone",
        ),
        ("steps:\n- {channel: webchat, from: v, reply_to: nothing}", "step 1: reply_to: no step above has this id"),
        (
            "steps:\n- {channel: webchat, from: v, id: a}\n- {channel: webchat, from: v, id: a}",
            "step 2: id: an earlier step",
        ),
        ("steps:\n- {channel: whatsapp, payload_file: no.json}", "step 1: payload_file: there is no such file"),
        ("steps:\n- {channel: webchat, from: v, claims: [ana]}", "step 1: an identity is written as"),
        (
            "steps:\n- {connector: demo, action: reply, text: a}",
            "step 1: it happens in the ticket of a case: say case: 1",
        ),
        ("steps:\n- {connector: demo, case: 1, action: reply}", "step 1: action: reply needs text:"),
        ("steps:\n- {staff: merge, customers: [1]}", "step 1: staff: merge is about two: customers: [1, 2]"),
        ("steps:\n- parallel:\n  - {wait: PT1H}", "story.yaml:3: step 1.1: what happens at once"),
        (
            "steps:\n- parallel:\n  - {channel: webchat, from: v, tet: a}",
            "story.yaml:3: step 1.1: tet: unknown key; did you",
        ),
        (
            f"steps:\n- {ANA}\nexpect: {{costumers: 1}}",
            'story.yaml:3: expect.costumers: unknown key; did you mean "customers"?',
        ),
        (
            "people: {ana: {name: Ana}}\nsteps:\n- {channel: email, from: ana}",
            "step 1: from: people does not say how ana",
        ),
    ],
    ids=str,
)
def test_a_fault_of_the_file(text: str, fault: str, write: Callable[[str], Path]) -> None:
    with pytest.raises(StoryFault) as wrong:
        read_story(write(text))
    assert fault in str(wrong.value)
    assert str(wrong.value).startswith(str(wrong.value.faults[0].file))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            f"steps:\n- {ANA}\n- {{connector: demo, case: 2, action: resolve}}",
            "story.yaml:3: step 2: there is no case 2",
        ),
        ("steps:\n- {connector: rt, case: 1, action: resolve}", "step 1: the configuration has no connector rt"),
        (f"steps:\n- {ANA}\n- {{staff: merge, customers: [1, 2]}}", "step 2: there is no customer 2"),
        ('steps:\n- {channel: webchat, from: v, text: "caso {reference of case 1}"}', "step 1: there is no case 1"),
        ("steps:\n- {channel: webchat, from: v, said: {txt: a}}", "step 1: said.txt: extra inputs"),
        (
            (
                'steps:\n- {at: "2026-12-04T17:20:00Z", channel: x, from: v}\n'
                '- {arrives: "2026-12-04T17:19:00Z", channel: x, from: v}'
            ),
            "story.yaml:3: step 2: arrives: before what happened above it, which came at 2026-12-04T17:20:00Z",
        ),
        (f"config: {{default_country: XX}}\nsteps:\n- {ANA}", "story.yaml:1: config.default_country: unknown country"),
        (f"config:\n  brands:\n  - {{name: A B}}\nsteps:\n- {ANA}", "story.yaml:3: config.brands[0].name: a name is"),
        (f"config:\n  brands: 3\nsteps:\n- {ANA}", "story.yaml:2: config.brands: must be a list"),
    ],
    ids=str,
)
def test_a_fault_that_shows_when_it_is_played(text: str, fault: str, write: Callable[[str], Path]) -> None:
    with pytest.raises(StoryFault) as wrong:
        simulate(write(text))
    assert fault in str(wrong.value)


def test_every_fault_of_a_file_is_told_at_once(write: Callable[[str], Path]) -> None:
    with pytest.raises(StoryFault) as wrong:
        read_story(write("steps:\n- {wait: x}\n- {wait: y}\n- {wiat: PT1H}"))
    assert [fault.line for fault in wrong.value.faults] == [2, 3, 4]


def test_what_became_of_a_case_that_is_not_there_is_hinted_at(write: Callable[[str], Path]) -> None:
    """A message that could not be read opens no case: the fault says where to look."""
    nobody = "{channel: telegram, from: '1', said: {identities: []}}"
    text = f"steps:\n- {nobody}\n- {{connector: demo, case: 1, action: resolve}}"
    with pytest.raises(StoryFault, match="1 dead letter: Malformed, nobody is named as its sender"):
        simulate(write(text))
