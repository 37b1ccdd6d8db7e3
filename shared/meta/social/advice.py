"""What agents are told when an answer did not reach a customer on Messenger or Instagram: what it means, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.domain.answer import Language
from shared.meta.social.errors import row_of

ADVICE: Final[Mapping[str, Mapping[Language, str]]] = {
    "busy": {
        "es": "{network} limitó los envíos de esta cuenta y la respuesta no salió a tiempo. Envíela de nuevo.",
        "pt": "O {network} limitou os envios desta conta e a resposta não saiu a tempo. Envie-a de novo.",
        "en": "{network} limited what this account may send and the answer did not go out in time. Send it again.",
    },
    "passing": {
        "es": "{network} no pudo enviar la respuesta, por una falla suya, aunque se intentó varias veces. "
        "Envíela de nuevo más tarde.",
        "pt": "O {network} não conseguiu enviar a resposta, por falha própria, apesar de várias tentativas. "
        "Envie-a de novo mais tarde.",
        "en": "{network} could not send the answer, by a failure of its own, although it was tried several times. "
        "Send it again later.",
    },
    "file": {
        "es": "El hub no pudo dar una dirección del archivo a {network}. Avise a su administrador y envíe la respuesta "
        "sin el archivo.",
        "pt": "O hub não conseguiu dar um endereço do arquivo ao {network}. Avise o administrador e envie a resposta "
        "sem o arquivo.",
        "en": "The hub could give {network} no address of the file. Tell your administrator, and send the answer "
        "without it.",
    },
    "credentials": {
        "es": "El hub no tiene permiso para enviar desde esta cuenta (código {code}). Avise a su administrador: "
        "debe renovar el token o los permisos. Responda por otro medio si es urgente.",
        "pt": "O hub não tem permissão para enviar a partir desta conta (código {code}). Avise o administrador: "
        "é preciso renovar o token ou as permissões. Se for urgente, responda por outro meio.",
        "en": "The hub may not send from this account (code {code}). Tell your administrator: the token or its "
        "permissions must be renewed. Answer by other means if it is urgent.",
    },
    "locked": {
        "es": "Meta bloqueó esta cuenta por incumplir sus normas (código {code}). Avise a su administrador y responda "
        "por otro medio.",
        "pt": "A Meta bloqueou esta conta por violar suas regras (código {code}). Avise o administrador e responda "
        "por outro meio.",
        "en": "Meta blocked this account for a breach of its rules (code {code}). Tell your administrator and answer "
        "by other means.",
    },
    "restricted": {
        "es": "Meta restringió por un tiempo los envíos de esta página. Avise a su administrador y responda por otro "
        "medio.",
        "pt": "A Meta restringiu por um tempo os envios desta página. Avise o administrador e responda por outro meio.",
        "en": "Meta restricted for a while what this Page may send. Tell your administrator and answer by other means.",
    },
    "window": {
        "es": "No se envió: {network} dice que el cliente escribió hace demasiado tiempo. Su respuesta queda aquí: "
        "envíela cuando el cliente vuelva a escribir, o use otro medio.",
        "pt": "Não foi enviado: o {network} diz que o cliente escreveu há tempo demais. Sua resposta fica aqui: "
        "envie-a quando o cliente escrever de novo, ou use outro meio.",
        "en": "Not sent: {network} says that the customer wrote too long ago. Your answer stays here: send it when the "
        "customer writes again, or use other means.",
    },
    "tag": {
        "es": "No se envió: pasaron más de 24 horas y Meta no aprobó que esta cuenta responda después (Human Agent). "
        "Avise a su administrador; espere a que el cliente escriba o use otro medio.",
        "pt": "Não foi enviado: passaram mais de 24 horas e a Meta não aprovou que esta conta responda depois (Human "
        "Agent). Avise o administrador; aguarde o cliente escrever ou use outro meio.",
        "en": "Not sent: more than 24 hours passed, and Meta did not approve that this account answers later (Human "
        "Agent). Tell your administrator; wait until the customer writes, or use other means.",
    },
    "nobody": {
        "es": "{network} no encuentra a esta persona desde esta cuenta (código {code}). Si les pasa a todos, la "
        "cuenta está mal conectada: avise a su administrador. Use otro medio.",
        "pt": "O {network} não encontra esta pessoa a partir desta conta (código {code}). Se acontece com todos, a "
        "conta está mal conectada: avise o administrador. Use outro meio.",
        "en": "{network} does not find this person from this account (code {code}). If it is so with everybody, the "
        "account is connected wrongly: tell your administrator. Use other means.",
    },
    "unavailable": {
        "es": "{network} no puede entregarle mensajes a esta persona: nos bloqueó, cerró su cuenta o no acepta "
        "mensajes. Use otro medio.",
        "pt": "O {network} não consegue entregar mensagens a esta pessoa: ela nos bloqueou, encerrou a conta ou não "
        "aceita mensagens. Use outro meio.",
        "en": "{network} cannot deliver messages to this person: they blocked us, closed their account or take no "
        "messages. Use other means.",
    },
    "consent": {
        "es": "{network} pide el consentimiento de esta persona antes de que se le escriba. Espere a que escriba.",
        "pt": "O {network} exige o consentimento desta pessoa antes de escrever a ela. Aguarde que ela escreva.",
        "en": "{network} asks for this person's consent before they are written to. Wait until they write.",
    },
    "replied": {
        "es": "Ese comentario ya tuvo su respuesta privada, quizás desde la propia red social. Espere a que el cliente "
        "la conteste o responda en público.",
        "pt": "Esse comentário já teve sua resposta particular, talvez pela própria rede social. Aguarde o cliente "
        "responder ou responda em público.",
        "en": "That comment had its private answer already, perhaps from the network itself. Wait until the customer "
        "writes back, or answer in public.",
    },
    "our_fault": {
        "es": "{network} no aceptó la forma de la respuesta (código {code}). Envíela más simple (solo texto) y avise a "
        "su administrador.",
        "pt": "O {network} não aceitou a forma da resposta (código {code}). Envie-a mais simples (só texto) e avise o "
        "administrador.",
        "en": "{network} did not take the form of the answer (code {code}). Send it more simply (text alone) and tell "
        "your administrator.",
    },
    "unknown": {
        "es": "{network} no envió la respuesta (código {code}, que el hub no conoce). Inténtelo más tarde o use otro "
        "medio.",
        "pt": "O {network} não enviou a resposta (código {code}, que o hub não conhece). Tente mais tarde ou use outro "
        "meio.",
        "en": "{network} did not send the answer (code {code}, which the hub does not know). Try later, or use other "
        "means.",
    },
}


def advice(code: str, language: Language, network: str) -> str:
    """What an agent is told when this code kept an answer from the customer."""
    text = ADVICE[row_of(code).means][language]
    return text.replace("{network}", network).replace("{code}", code)
