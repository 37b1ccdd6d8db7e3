"""What agents are told when an answer did not reach a customer by e-mail: what it means, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.domain.answer import Language

MEANING: Final[Mapping[str, str]] = {
    "TooManyRequestsException": "busy",
    "Throttling": "busy",
    "ThrottlingException": "busy",
    "LimitExceededException": "busy",
    "RequestThrottled": "busy",
    "throttled": "busy",
    "daily_quota": "quota",
    "unreached": "passing",
    "files_unreached": "passing",
    "InternalServiceErrorException": "passing",
    "InternalServiceError": "passing",
    "InternalFailure": "passing",
    "InternalError": "passing",
    "InternalServerError": "passing",
    "ServiceUnavailable": "passing",
    "ServiceUnavailableException": "passing",
    "credentials": "stopped",
    "AccountSuspendedException": "stopped",
    "SendingPausedException": "stopped",
    "MailFromDomainNotVerifiedException": "not_verified",
    "NotFoundException": "not_verified",
    "not_verified": "not_verified",
    "MessageRejected": "rejected",
    "BadRequestException": "rejected",
    "file_gone": "file",
    "too_large": "large",
}
"""By code, which advice."""

ADVICE: Final[Mapping[str, Mapping[Language, str]]] = {
    "busy": {
        "es": "El servicio de correo limitó los envíos y la respuesta no salió a tiempo. Envíela de nuevo.",
        "pt": "O serviço de e-mail limitou os envios e a resposta não saiu a tempo. Envie-a de novo.",
        "en": "The mail service limited what may be sent and the answer did not go out in time. Send it again.",
    },
    "quota": {
        "es": "Se agotó el cupo diario de correos y la respuesta no salió. Avise a su administrador y responda por "
        "otro medio si es urgente.",
        "pt": "A cota diária de e-mails acabou e a resposta não saiu. Avise o administrador e, se for urgente, "
        "responda por outro meio.",
        "en": "The day's quota of mails is used up and the answer did not go out. Tell your administrator and answer "
        "by other means if it is urgent.",
    },
    "passing": {
        "es": "El servicio de correo no pudo enviar la respuesta, aunque se intentó varias veces. Envíela de nuevo "
        "más tarde.",
        "pt": "O serviço de e-mail não conseguiu enviar a resposta, apesar de várias tentativas. Envie-a de novo mais "
        "tarde.",
        "en": "The mail service could not send the answer, although it was tried several times. Send it again later.",
    },
    "stopped": {
        "es": "El hub no puede enviar correos: el servicio los detuvo o no le da permiso (código {code}). Avise a su "
        "administrador y responda por otro medio.",
        "pt": "O hub não pode enviar e-mails: o serviço os suspendeu ou não dá permissão (código {code}). Avise o "
        "administrador e responda por outro meio.",
        "en": "The hub may not send mail: the service stopped it or gives no permission (code {code}). Tell your "
        "administrator and answer by other means.",
    },
    "not_verified": {
        "es": "El correo no salió: el buzón o su dominio no está verificado, o la cuenta es de prueba y solo escribe a "
        "direcciones verificadas (código {code}). Avise a su administrador.",
        "pt": "O e-mail não saiu: a caixa ou o domínio não está verificado, ou a conta é de teste e só escreve a "
        "endereços verificados (código {code}). Avise o administrador.",
        "en": "The mail did not go out: the mailbox or its domain is not verified, or the account is a test account "
        "that writes to verified addresses only (code {code}). Tell your administrator.",
    },
    "rejected": {
        "es": "El servicio de correo rechazó el mensaje (código {code}). Envíe un texto simple sin adjuntos o use otro "
        "medio.",
        "pt": "O serviço de e-mail rejeitou a mensagem (código {code}). Envie um texto simples sem anexos ou use outro "
        "meio.",
        "en": "The mail service rejected the message (code {code}). Send a plain text without files or use other "
        "means.",
    },
    "file": {
        "es": "No se envió: un archivo de la respuesta ya no está. Adjúntelo otra vez.",
        "pt": "Não foi enviado: um arquivo da resposta já não existe. Anexe-o outra vez.",
        "en": "Not sent: a file of the answer is no longer there. Attach it again.",
    },
    "large": {
        "es": "No se envió: el correo es demasiado grande. Envíe los archivos como enlaces.",
        "pt": "Não foi enviado: o e-mail é grande demais. Envie os arquivos como links.",
        "en": "Not sent: the mail is too large. Send the files as links.",
    },
    "unknown": {
        "es": "El correo no salió (código {code}). Intente con un texto simple o por otro medio.",
        "pt": "O e-mail não saiu (código {code}). Tente com um texto simples ou por outro meio.",
        "en": "The mail did not go out (code {code}). Try a plain text or other means.",
    },
}
"""By meaning. `{code}`: the service's."""


def advice(code: str, language: Language) -> str:
    """What the agent is told of a code."""
    return ADVICE[MEANING.get(code, "unknown")][language].replace("{code}", code)
