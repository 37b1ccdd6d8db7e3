"""What an agent reads in a ticket: an entry in plain words, in the company's language. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias

from shared.connectors.request_tracker import file_wording, survey_wording
from shared.connectors.request_tracker.survey_wording import survey_line
from shared.domain.edits import OUTDATED
from shared.domain.event import Attachment, Call, Card, Entry, Order
from shared.domain.media import STORED
from shared.domain.merging import MOVED
from shared.domain.rereading import REPARSED

Words: TypeAlias = Mapping[str, str]

_ES: Final[Words] = {
    "opened": "Caso {reference}, abierto el {at}.",
    "customer": "Cliente",
    "agent": "agente",
    "bot": "bot",
    "system": "Sistema",
    "edit": "Editó el mensaje {target}. Ahora dice:",
    "outdated_edit": "Antes de su última edición, el mensaje {target} decía:",
    "reparsed": "El mensaje {target} se ha leído de nuevo. Dice:",
    "deletion": "Borró el mensaje {target}.",
    "moved": "El mensaje {target} es de otra persona: está ahora en su propio caso.",
    "reaction": "Reaccionó con {emoji} al mensaje {target}.",
    "reaction_taken_back": "Quitó su reacción al mensaje {target}.",
    "receipt": "El mensaje {target}: {state}.",
    "state_change": "Estado del caso: de {was} a {becomes}.",
    "owner": "El caso lo lleva ahora {what}.",
    "priority": "Prioridad: {what}.",
    "reminder": "El caso espera al cliente desde hace tiempo.",
    "merge": "Sigue aquí el caso {what}.",
    "kept_apart": "Se unieron aquí el ticket de este caso y el de {what}, que es de otra persona. Los dos casos siguen "
    "separados, cada uno con su ticket: lo que se conteste en este llega solo a la persona de este caso.",
    "ticket_deleted": "Su ticket se borró en {what}.",
    "unknown": "no se sabe si llegó",
    "bounce": "No se pudo entregar un correo:",
    "auto_reply": "Respuesta automática:",
    "unsupported": "Algo que no se puede mostrar aquí ({what}).",
    "other": "Aviso del canal ({what}).",
    "comment": "Comentario público:",
    "forwarded": "(reenviado)",
    "choice": "Eligió: {title}",
    "attachment": "[{kind}: {what}]",
    "location": "[ubicación: {what}]",
    "card": "[contacto: {what}]",
    "order": "[pedido: {what}]",
    "call": "[llamada: {what}]",
    "advert": "[llegó por un anuncio: {what}]",
    "failed": "no entregado",
    "image": "imagen",
    "audio": "audio",
    "video": "video",
    "document": "documento",
    "sticker": "sticker",
    "share": "compartido",
    "story": "historia",
    "new": "nuevo",
    "open": "abierto",
    "pending_customer": "espera al cliente",
    "on_hold": "en pausa",
    "resolved": "resuelto",
    "closed": "cerrado",
    "merged": "unido",
    "spam": "spam",
}

_PT: Final[Words] = {
    **_ES,
    "opened": "Caso {reference}, aberto em {at}.",
    "edit": "Editou a mensagem {target}. Agora diz:",
    "outdated_edit": "Antes da última edição, a mensagem {target} dizia:",
    "reparsed": "A mensagem {target} foi lida de novo. Diz:",
    "deletion": "Apagou a mensagem {target}.",
    "moved": "A mensagem {target} é de outra pessoa: agora está no caso dela.",
    "reaction": "Reagiu com {emoji} à mensagem {target}.",
    "reaction_taken_back": "Retirou a reação à mensagem {target}.",
    "receipt": "A mensagem {target}: {state}.",
    "state_change": "Estado do caso: de {was} para {becomes}.",
    "owner": "O caso agora é de {what}.",
    "priority": "Prioridade: {what}.",
    "reminder": "O caso espera o cliente há algum tempo.",
    "merge": "O caso {what} continua aqui.",
    "kept_apart": "Aqui uniram o ticket deste caso e o de {what}, que é de outra pessoa. Os dois casos continuam "
    "separados, cada um com seu ticket: o que se responder neste chega só à pessoa deste caso.",
    "ticket_deleted": "Seu ticket foi apagado em {what}.",
    "unknown": "não se sabe se chegou",
    "bounce": "Não foi possível entregar um e-mail:",
    "auto_reply": "Resposta automática:",
    "unsupported": "Algo que não se pode mostrar aqui ({what}).",
    "other": "Aviso do canal ({what}).",
    "comment": "Comentário público:",
    "forwarded": "(encaminhado)",
    "choice": "Escolheu: {title}",
    "location": "[localização: {what}]",
    "card": "[contato: {what}]",
    "call": "[chamada: {what}]",
    "advert": "[veio de um anúncio: {what}]",
    "failed": "não entregue",
    "image": "imagem",
    "audio": "áudio",
    "video": "vídeo",
    "share": "compartilhado",
    "story": "história",
    "new": "novo",
    "open": "aberto",
    "pending_customer": "espera o cliente",
    "resolved": "resolvido",
    "closed": "fechado",
}

_EN: Final[Words] = {
    "opened": "Case {reference}, opened {at}.",
    "customer": "Customer",
    "agent": "agent",
    "bot": "bot",
    "system": "System",
    "edit": "Edited message {target}. It now says:",
    "outdated_edit": "Before its latest edit, message {target} said:",
    "reparsed": "Message {target} was read again. It says:",
    "deletion": "Deleted message {target}.",
    "moved": "Message {target} is another person's: it is in a case of their own now.",
    "reaction": "Reacted with {emoji} to message {target}.",
    "reaction_taken_back": "Took back the reaction to message {target}.",
    "receipt": "Message {target}: {state}.",
    "state_change": "State of the case: from {was} to {becomes}.",
    "owner": "The case is now with {what}.",
    "priority": "Priority: {what}.",
    "reminder": "The case has waited for the customer for a while.",
    "merge": "The case {what} goes on here.",
    "kept_apart": "The ticket of this case and that of {what}, which is another person's, were made one. The two cases "
    "stay apart, each with its ticket: what is answered in this one reaches only the person of this case.",
    "ticket_deleted": "Its ticket was deleted in {what}.",
    "unknown": "nobody knows whether it arrived",
    "bounce": "An e-mail could not be delivered:",
    "auto_reply": "Automatic reply:",
    "unsupported": "Something that cannot be shown here ({what}).",
    "other": "News of the channel ({what}).",
    "comment": "Public comment:",
    "forwarded": "(forwarded)",
    "choice": "Chose: {title}",
    "attachment": "[{kind}: {what}]",
    "location": "[location: {what}]",
    "card": "[contact: {what}]",
    "order": "[order: {what}]",
    "call": "[call: {what}]",
    "advert": "[came by an advert: {what}]",
    "failed": "not delivered",
    "image": "image",
    "audio": "audio",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
    "share": "share",
    "story": "story",
    "new": "new",
    "open": "open",
    "pending_customer": "waiting for the customer",
    "on_hold": "on hold",
    "resolved": "resolved",
    "closed": "closed",
    "merged": "merged",
    "spam": "spam",
}

WORDS: Final[Mapping[str, Words]] = {
    "es": {**_ES, **file_wording.ES, **survey_wording.ES},
    "pt": {**_PT, **file_wording.PT, **survey_wording.PT},
    "en": {**_EN, **file_wording.EN, **survey_wording.EN},
}

_CHANNELS: Final = {
    "whatsapp": "WhatsApp",
    "messenger": "Messenger",
    "instagram": "Instagram",
    "email": "E-mail",
    "x": "X",
    "telegram": "Telegram",
    "linkedin": "LinkedIn",
    "sms": "SMS",
}


def channel_name(channel: str) -> str:
    """A channel as people write it; one that has no such name as the hub writes it."""
    return _CHANNELS.get(channel, channel)


def moment_text(moment: datetime) -> str:
    """`2026-11-22 10:00:00 UTC`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def said_by(entry: Entry, words: Words) -> str:
    """Who it was; of whoever is no customer also what they are."""
    author = entry.author
    kind = words[author.type]
    if not author.name:
        return kind
    return author.name if author.type == "customer" else f"{author.name} ({kind})"


def text_of(entry: Entry, words: Words) -> str:
    """All of an entry that words can say; never empty."""
    revised = _REVISIONS.get(entry.kind)
    lines = [revised(entry, words)] if revised else _introduction(entry, words)
    if entry.kind != "state_change":
        lines += _content(entry, words)
    text = "\n".join(line for line in lines if line)
    return text if text.strip() else words["unsupported"].format(what=entry.provider_type)


def _introduction(entry: Entry, words: Words) -> list[str]:
    what = entry.reason or entry.provider_type
    if entry.survey:
        return [survey_line(entry.survey, entry.flags, words)]
    said = {"bounce", "auto_reply", "comment"}
    if entry.kind in said:
        return [words[entry.kind]]
    if entry.kind in {"unsupported", "identity_change", "account_news", "history", "ignored"}:
        return [words["unsupported" if entry.kind == "unsupported" else "other"].format(what=what)]
    return [words["forwarded"]] if entry.forwarded else []


def _content(entry: Entry, words: Words) -> list[str]:
    """What was said and what came with it, a line each."""
    lines = [entry.subject or "", entry.text or ""]
    if entry.choice and entry.choice.title and entry.choice.title != entry.text:
        lines.append(words["choice"].format(title=entry.choice.title))
    lines += [_attachment(one, words) for one in entry.attachments]
    if entry.location:
        place = entry.location
        said = [place.name, place.address, f"{place.latitude}, {place.longitude}"]
        lines.append(_bracketed("location", said, words))
    lines += [_card(one, words) for one in entry.contacts]
    lines += [_order(entry.order, words)] if entry.order else []
    lines += [_call(entry.call, words)] if entry.call else []
    if entry.referral:
        lines.append(_bracketed("advert", [entry.referral.headline, entry.referral.url], words))
    return lines


def _bracketed(word: str, said: list[str | None], words: Words) -> str:
    return words[word].format(what=", ".join(part for part in said if part) or "?")


def _attachment(attachment: Attachment, words: Words) -> str:
    said = [attachment.filename, attachment.mime_type, attachment.url]
    what = ", ".join(part for part in said if part) or "?"
    if attachment.stored:
        what = file_wording.told_of(attachment.stored, words)
    return words["attachment"].format(kind=words[attachment.kind], what=what)


def _card(card: Card, words: Words) -> str:
    return _bracketed("card", [card.name, *card.phones, *card.emails], words)


def _order(order: Order, words: Words) -> str:
    items = [f"{item.quantity or 1} × {item.product_id or '?'}" for item in order.items]
    return _bracketed("order", [order.text, *items], words)


def _call(call: Call, words: Words) -> str:
    return _bracketed("call", [call.state, f"{call.duration_s} s" if call.duration_s is not None else None], words)


def _edit(entry: Entry, words: Words) -> str:
    words_of = {STORED: "late_file", REPARSED: "reparsed", OUTDATED: "outdated_edit"}
    word = next((word for flag, word in words_of.items() if flag in entry.flags), "edit")
    return words[word].format(target=entry.in_reply_to or "?")


def _deletion(entry: Entry, words: Words) -> str:
    word = "moved" if MOVED in entry.flags else "deletion"
    return words[word].format(target=entry.in_reply_to or "?")


def _reaction(entry: Entry, words: Words) -> str:
    if entry.reaction is None or entry.reaction.emoji is None:
        target = entry.reaction.target if entry.reaction else entry.in_reply_to
        return words["reaction_taken_back"].format(target=target or "?")
    return words["reaction"].format(emoji=entry.reaction.emoji, target=entry.reaction.target)


def _receipt(entry: Entry, words: Words) -> str:
    receipt = entry.receipt
    if receipt is None:
        return words["other"].format(what=entry.provider_type)
    said = [words.get(receipt.state, receipt.state)]
    if receipt.error:
        said += [part for part in (receipt.error.title, receipt.error.detail) if part] or [receipt.error.code]
    return words["receipt"].format(target=receipt.target or "?", state=", ".join(said))


def sets_a_state(entry: Entry) -> bool:
    """Whether it says which state its case is in; else whose it is, how urgent, or what goes on in it."""
    return entry.kind == "state_change" and entry.provider_type not in ("owner", "priority") and bool(entry.text)


_NO_STATES: Final = ("owner", "priority", "reminder", "merge", "kept_apart")


def _state_change(entry: Entry, words: Words) -> str:
    if entry.provider_type == "deletion":
        return words["ticket_deleted"].format(what=entry.channel)
    if entry.provider_type in ("owner", "priority", "reminder") or not entry.text:
        word = entry.provider_type if entry.provider_type in _NO_STATES else "other"
        return words[word].format(what=entry.text or entry.reason or entry.provider_type)
    was, becomes = entry.reason or "?", entry.text or "?"
    return words["state_change"].format(was=words.get(was, was), becomes=words.get(becomes, becomes))


_REVISIONS: Final[Mapping[str, Callable[[Entry, Words], str]]] = {
    "edit": _edit,
    "deletion": _deletion,
    "reaction": _reaction,
    "receipt": _receipt,
    "state_change": _state_change,
}
