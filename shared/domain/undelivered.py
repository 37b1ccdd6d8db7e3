"""Why an answer did not go out by the hub's own decision, and what its agent is told, in their language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from shared.domain.answer import Language

DEFAULT: Final[Language] = "en"

DEAD_ADDRESS: Final = "address_undeliverable"
"""Flag of a failure that says of the address itself that nothing is delivered there."""

UNDETERMINED: Final = "undetermined"
"""Flag of a failure of which nobody says whether it lies at the address."""

PASSING: Final = "transient"
"""Flag of a failure that says nothing of the address: after a delivery it may be no more than a note of absence."""

COMPLAINT: Final = "complaint"
"""Flag of a receipt: whoever got it reported it as unwanted."""

MOST_UNDETERMINED: Final = 3
WITHIN: Final = timedelta(days=7)


def undetermined_until(moments: Iterable[datetime], now: datetime) -> tuple[list[datetime], bool]:
    """The moments of undetermined failures of one address that still count, this one among them, in order; and
    whether they are so many that the address counts as dead. A failure told twice has one moment."""
    recent = sorted({one for one in [*moments, now] if now - one < WITHIN})[-MOST_UNDETERMINED:]
    return recent, len(recent) >= MOST_UNDETERMINED


ADVICE: Final[Mapping[str, Mapping[Language, str]]] = {
    "nobody_wrote": {
        "es": "No se envió: en este caso no hay ningún mensaje del cliente al que responder.",
        "pt": "Não foi enviado: neste caso não há nenhuma mensagem do cliente a responder.",
        "en": "Not sent: the customer has written nothing in this case that could be answered.",
    },
    "unknown_message": {
        "es": "No se envió: el mensaje al que responde no está en este caso.",
        "pt": "Não foi enviado: a mensagem respondida não está neste caso.",
        "en": "Not sent: the message it answers is not in this case.",
    },
    "not_open": {
        "es": "No se envió: este caso está marcado como spam. Quite la marca y responda de nuevo.",
        "pt": "Não foi enviado: este caso está marcado como spam. Retire a marca e responda de novo.",
        "en": "Not sent: this case is marked as spam. Lift that and answer again.",
    },
    "public_thread": {
        "es": "No se envió: el cliente escribió en público. Respóndale en la red social o por un canal privado.",
        "pt": "Não foi enviado: o cliente escreveu em público. Responda na rede social ou por um canal privado.",
        "en": "Not sent: the customer wrote in public. Answer on the network itself or on a private channel.",
    },
    "external_participant": {
        "es": "No se envió: quien escribió ese mensaje no es el cliente de este caso.",
        "pt": "Não foi enviado: quem escreveu essa mensagem não é o cliente deste caso.",
        "en": "Not sent: whoever wrote that message is not the customer of this case.",
    },
    "not_theirs": {
        "es": "No se envió: ese número o cuenta ya no es de este cliente. Espere a que escriba de nuevo.",
        "pt": "Não foi enviado: esse número ou conta já não é deste cliente. Aguarde uma nova mensagem.",
        "en": "Not sent: that number or account is no longer this customer's. Wait until they write again.",
    },
    "needs_verification": {
        "es": "No se envió: puede haber otra persona detrás de este número. Verifique quién es antes de responder.",
        "pt": "Não foi enviado: pode haver outra pessoa neste número. Verifique quem é antes de responder.",
        "en": "Not sent: another person may be behind this number. Verify who it is before you answer.",
    },
    "not_allowed": {
        "es": "No se envió: esta persona pidió que no se le escriba por este canal.",
        "pt": "Não foi enviado: esta pessoa pediu para não receber mensagens por este canal.",
        "en": "Not sent: this person asked not to be written to on this channel.",
    },
    "case_goes_on": {
        "es": "No se envió la encuesta: entretanto el caso dejó de estar resuelto.",
        "pt": "A pesquisa não foi enviada: nesse meio-tempo o caso deixou de estar resolvido.",
        "en": "The survey was not sent: the case is no longer resolved.",
    },
    "no_address": {
        "es": "No se envió: el canal no nos dio una dirección a la que responder.",
        "pt": "Não foi enviado: o canal não informou um endereço para responder.",
        "en": "Not sent: the channel gave us no address to answer to.",
    },
    DEAD_ADDRESS: {
        "es": "La respuesta volvió: esa dirección no existe o no recibe correo. No se le enviará nada más hasta que el "
        "cliente escriba desde ella. Use otro medio.",
        "pt": "A resposta voltou: esse endereço não existe ou não recebe e-mail. Nada mais será enviado até o cliente "
        "escrever dele. Use outro meio.",
        "en": "The answer came back: that address does not exist or takes no mail. Nothing more goes there until the "
        "customer writes from it. Use other means.",
    },
    "undeliverable": {
        "es": "No se envió: a esa dirección ya no llega nada; la respuesta anterior volvió. Use otro medio o espere a "
        "que el cliente escriba desde ella.",
        "pt": "Não foi enviado: nada mais chega a esse endereço; a resposta anterior voltou. Use outro meio ou aguarde "
        "o cliente escrever dele.",
        "en": "Not sent: nothing arrives at that address any more; the last answer came back. Use other means, or wait "
        "until the customer writes from it.",
    },
    "no_way": {
        "es": "No se envió: este canal todavía no puede enviar respuestas. Responda por otro medio.",
        "pt": "Não foi enviado: este canal ainda não envia respostas. Responda por outro meio.",
        "en": "Not sent: this channel cannot carry answers yet. Answer by other means.",
    },
    "cannot_be_said": {
        "es": "No se envió: este canal no admite lo que contiene la respuesta ({detail}).",
        "pt": "Não foi enviado: este canal não aceita o conteúdo da resposta ({detail}).",
        "en": "Not sent: this channel cannot carry what the answer holds ({detail}).",
    },
    "window_closed": {
        "es": "No se envió: el cliente escribió hace más de 24 horas y solo se le puede enviar una plantilla aprobada. "
        "Su respuesta queda aquí: envíela cuando el cliente vuelva a escribir.",
        "pt": "Não foi enviado: o cliente escreveu há mais de 24 horas e só é possível enviar um modelo aprovado. "
        "Sua resposta fica aqui: envie-a quando o cliente escrever de novo.",
        "en": "Not sent: the customer wrote more than 24 hours ago and only an approved template may be sent. "
        "Your answer stays here: send it when the customer writes again.",
    },
    "day_over": {
        "es": "No se envió: el cliente escribió hace más de 24 horas y esta cuenta no puede responder más tarde. "
        "Su respuesta queda aquí: envíela cuando el cliente vuelva a escribir, o use otro medio.",
        "pt": "Não foi enviado: o cliente escreveu há mais de 24 horas e esta conta não pode responder depois disso. "
        "Sua resposta fica aqui: envie-a quando o cliente escrever de novo, ou use outro meio.",
        "en": "Not sent: the customer wrote more than 24 hours ago, and this account may not answer later. Your answer "
        "stays here: send it when the customer writes again, or use other means.",
    },
    "week_over": {
        "es": "No se envió: el cliente escribió hace más de 7 días y Meta ya no permite responderle aquí. Use otro "
        "medio o espere a que vuelva a escribir.",
        "pt": "Não foi enviado: o cliente escreveu há mais de 7 dias e a Meta não permite mais responder aqui. Use "
        "outro meio ou aguarde que ele escreva de novo.",
        "en": "Not sent: the customer wrote more than 7 days ago, and Meta allows no answer here any more. Use other "
        "means, or wait until they write again.",
    },
    "comment_too_old": {
        "es": "No se envió: el comentario tiene más de 7 días y ya no se puede responder en privado. Responda en la "
        "red social.",
        "pt": "Não foi enviado: o comentário tem mais de 7 dias e não pode mais ser respondido em particular. Responda "
        "na rede social.",
        "en": "Not sent: the comment is more than 7 days old and can no longer be answered in private. Answer on the "
        "network itself.",
    },
    "private_reply_used": {
        "es": "No se envió: un comentario admite una sola respuesta privada, y ya se envió. Podrá seguir escribiendo "
        "cuando el cliente la conteste; mientras tanto responda en la red social.",
        "pt": "Não foi enviado: um comentário admite uma única resposta particular, e ela já foi enviada. Você "
        "poderá continuar quando o cliente responder; enquanto isso, responda na rede social.",
        "en": "Not sent: a comment may have one private answer, and it was sent already. You can go on when the "
        "customer writes back; until then answer on the network itself.",
    },
    "files_missing": {
        "es": "No se envió: el hub no pudo obtener {detail}, o no es seguro enviarlo, y la respuesta no dice nada más. "
        "Adjúntelo de nuevo o envíe un enlace.",
        "pt": "Não foi enviado: o hub não conseguiu obter {detail}, ou não é seguro enviá-lo, e a resposta não diz "
        "mais nada. Anexe-o de novo ou envie um link.",
        "en": "Not sent: the hub could not get {detail}, or it is not safe to send, and the answer says nothing else. "
        "Attach it again, or send a link.",
    },
    "loop_suspected": {
        "es": "No se envió: en diez minutos salieron tantas respuestas en esta conversación que pueden ser dos "
        "máquinas que se contestan. Revise quién responde aquí y envíela de nuevo más tarde.",
        "pt": "Não foi enviado: em dez minutos saíram tantas respostas nesta conversa que podem ser duas máquinas "
        "respondendo uma à outra. Veja quem responde aqui e envie de novo mais tarde.",
        "en": "Not sent: so many answers went out in this conversation in ten minutes that two machines may be "
        "answering each other. See who answers here, and send it again later.",
    },
    "knocked": {
        "es": "No se envió: el cliente escribió hace más de 24 horas. Le enviamos la plantilla acordada para que "
        "responda; cuando lo haga, envíe su respuesta de nuevo.",
        "pt": "Não foi enviado: o cliente escreveu há mais de 24 horas. Enviamos o modelo combinado para que "
        "responda; quando responder, envie sua resposta de novo.",
        "en": "Not sent: the customer wrote more than 24 hours ago. We sent the agreed template so that they answer; "
        "when they do, send your answer again.",
    },
    "unknown": {
        "es": "No sabemos si el cliente recibió esta respuesta: el canal no lo confirmó. No la repetimos; "
        "pregúntele antes de enviarla otra vez.",
        "pt": "Não sabemos se o cliente recebeu esta resposta: o canal não confirmou. Não a repetimos; "
        "pergunte antes de enviá-la outra vez.",
        "en": "We do not know whether the customer got this answer: the channel did not confirm it. We do not repeat "
        "it; ask before you send it again.",
    },
}
"""By the hub's own code. `{detail}`: what exactly, where a code has that."""


def language_of(languages: list[str]) -> Language:
    """The first of a brand's languages that the hub speaks."""
    for tag in languages:
        short = tag.partition("-")[0].lower()
        if short in ("es", "pt", "en"):
            return short  # type: ignore[return-value]
    return DEFAULT


def advice(code: str, language: Language, detail: str | None = None) -> str | None:
    """What the agent is told; None for a code that is not the hub's own."""
    texts = ADVICE.get(code)
    return texts[language].replace("{detail}", detail or "-") if texts else None


PRIVATE_REPLY: Final[Mapping[Language, str]] = {
    "es": "La respuesta le llegó en privado. Lo que el cliente conteste ahí sigue en este caso.",
    "pt": "A resposta chegou em particular. O que o cliente responder ali continua neste caso.",
    "en": "The answer reached them in private. What the customer writes back there goes on in this case.",
}
"""Noted in the case of a comment once its author was answered in private."""

WITHOUT_FILES: Final[Mapping[Language, str]] = {
    "es": "La respuesta se envió sin {names}: el hub no pudo obtenerlo, o no es seguro enviarlo. Adjúntelo de nuevo o "
    "envíe un enlace.",
    "pt": "A resposta foi enviada sem {names}: o hub não conseguiu obtê-lo, ou não é seguro enviá-lo. Anexe-o de novo "
    "ou envie um link.",
    "en": "The answer goes out without {names}: the hub could not get it, or it is not safe to send. Attach it again, "
    "or send a link.",
}
"""Noted in the case of an answer that goes out without files which its agent attached."""
