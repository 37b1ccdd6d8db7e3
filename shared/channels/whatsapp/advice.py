"""What agents are told when an answer did not reach a customer on WhatsApp: what it means, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.domain.answer import Language

ADVICE: Final[Mapping[str, Mapping[Language, str]]] = {
    "busy": {
        "es": "WhatsApp limitó los envíos de este número y la respuesta no salió a tiempo. Envíela de nuevo.",
        "pt": "O WhatsApp limitou os envios deste número e a resposta não saiu a tempo. Envie-a de novo.",
        "en": "WhatsApp limited what this number may send and the answer did not go out in time. Send it again.",
    },
    "too_many_to_one": {
        "es": "Se enviaron demasiados mensajes seguidos a este cliente. Espere unos minutos y envíe uno solo.",
        "pt": "Foram enviadas mensagens demais a este cliente. Aguarde alguns minutos e envie uma só.",
        "en": "Too many messages in a row went to this customer. Wait a few minutes and send a single one.",
    },
    "passing": {
        "es": "WhatsApp no pudo enviar la respuesta, por una falla suya, aunque se intentó varias veces. "
        "Envíela de nuevo más tarde.",
        "pt": "O WhatsApp não conseguiu enviar a resposta, por falha própria, apesar de várias tentativas. "
        "Envie-a de novo mais tarde.",
        "en": "WhatsApp could not send the answer, by a failure of its own, although it was tried several times. "
        "Send it again later.",
    },
    "file": {
        "es": "WhatsApp no pudo tomar el archivo. Revise que se abra y que su tipo y tamaño estén permitidos "
        "(JPEG, PNG, MP4, PDF), y adjúntelo otra vez.",
        "pt": "O WhatsApp não conseguiu receber o arquivo. Verifique se ele abre e se o tipo e o tamanho são "
        "permitidos (JPEG, PNG, MP4, PDF) e anexe-o outra vez.",
        "en": "WhatsApp could not take the file. Check that it opens and that its type and size are allowed "
        "(JPEG, PNG, MP4, PDF), and attach it again.",
    },
    "credentials": {
        "es": "El hub no tiene permiso para enviar desde este número (código {code}). Avise a su administrador: "
        "debe renovar el token o los permisos. Responda por otro medio si es urgente.",
        "pt": "O hub não tem permissão para enviar a partir deste número (código {code}). Avise o administrador: "
        "é preciso renovar o token ou as permissões. Se for urgente, responda por outro meio.",
        "en": "The hub may not send from this number (code {code}). Tell your administrator: the token or its "
        "permissions must be renewed. Answer by other means if it is urgent.",
    },
    "payment": {
        "es": "WhatsApp detuvo los envíos por un problema de pago de la cuenta. Avise a su administrador.",
        "pt": "O WhatsApp suspendeu os envios por um problema de pagamento da conta. Avise o administrador.",
        "en": "WhatsApp stopped sending because of the account's payment. Tell your administrator.",
    },
    "locked": {
        "es": "WhatsApp bloqueó o restringió la cuenta de la empresa (código {code}). Avise a su administrador y "
        "responda por otro medio.",
        "pt": "O WhatsApp bloqueou ou restringiu a conta da empresa (código {code}). Avise o administrador e responda "
        "por outro meio.",
        "en": "WhatsApp locked or restricted the company's account (code {code}). Tell your administrator and answer "
        "by other means.",
    },
    "quality": {
        "es": "WhatsApp limitó este número porque muchos clientes bloquearon o denunciaron sus mensajes. "
        "Avise a su administrador y responda por otro medio.",
        "pt": "O WhatsApp limitou este número porque muitos clientes bloquearam ou denunciaram suas mensagens. "
        "Avise o administrador e responda por outro meio.",
        "en": "WhatsApp limited this number because many customers blocked or reported its messages. Tell your "
        "administrator and answer by other means.",
    },
    "country": {
        "es": "Esta cuenta no puede escribir por WhatsApp a clientes de ese país. Responda por otro medio.",
        "pt": "Esta conta não pode escrever pelo WhatsApp a clientes desse país. Responda por outro meio.",
        "en": "This account may not write to customers of that country on WhatsApp. Answer by other means.",
    },
    "window": {
        "es": "El cliente escribió hace más de 24 horas y WhatsApp solo admite una plantilla aprobada. Envíe una "
        "plantilla, o guarde la respuesta hasta que el cliente escriba.",
        "pt": "O cliente escreveu há mais de 24 horas e o WhatsApp só aceita um modelo aprovado. Envie um modelo, ou "
        "guarde a resposta até o cliente escrever.",
        "en": "The customer wrote more than 24 hours ago and WhatsApp takes only an approved template. Send one, or "
        "keep the answer until the customer writes.",
    },
    "not_reachable": {
        "es": "El mensaje no se pudo entregar: el número no está en WhatsApp, usa una versión antigua, no aceptó las "
        "condiciones o bloqueó a la empresa. Use otro medio.",
        "pt": "Não foi possível entregar a mensagem: o número não está no WhatsApp, usa uma versão antiga, não aceitou "
        "os termos ou bloqueou a empresa. Use outro meio.",
        "en": "It could not be delivered: the number is not on WhatsApp, has an old version, did not accept the terms "
        "or blocked the company. Use other means.",
    },
    "ourselves": {
        "es": "El destinatario es nuestro propio número. Revise la dirección del cliente.",
        "pt": "O destinatário é o nosso próprio número. Verifique o endereço do cliente.",
        "en": "The addressee is our own number. Check the customer's address.",
    },
    "test_number": {
        "es": "Este es un número de prueba de WhatsApp y el cliente no está en su lista. Pida al administrador que lo "
        "agregue o use un número real.",
        "pt": "Este é um número de teste do WhatsApp e o cliente não está na lista. Peça ao administrador que o inclua "
        "ou use um número real.",
        "en": "This is a test number of WhatsApp and the customer is not on its list. Have your administrator add "
        "them, or use a real number.",
    },
    "experiment": {
        "es": "WhatsApp no entregó el mensaje porque el cliente participa en un experimento suyo. Use otro medio.",
        "pt": "O WhatsApp não entregou a mensagem porque o cliente participa de um experimento dele. Use outro meio.",
        "en": "WhatsApp did not deliver it because the customer is part of one of its experiments. Use other means.",
    },
    "wait_a_day": {
        "es": "WhatsApp no la entregó para no cansar al cliente. Espere al menos 24 horas antes de intentar otra vez.",
        "pt": "O WhatsApp não a entregou para não cansar o cliente. Aguarde ao menos 24 horas antes de tentar de novo.",
        "en": "WhatsApp did not deliver it so as not to tire the customer. Wait at least 24 hours before trying again.",
    },
    "marketing_stopped": {
        "es": "El cliente pidió no recibir más promociones de la empresa. No la envíe otra vez.",
        "pt": "O cliente pediu para não receber mais promoções da empresa. Não a envie outra vez.",
        "en": "The customer asked for no more promotions of the company. Do not send it again.",
    },
    "needs_phone": {
        "es": "Este tipo de mensaje exige el número de teléfono del cliente, y WhatsApp no lo muestra. Pídaselo.",
        "pt": "Este tipo de mensagem exige o telefone do cliente, e o WhatsApp não o mostra. Peça-o a ele.",
        "en": "This kind of message needs the customer's phone number, which WhatsApp does not show. Ask them for it.",
    },
    "marketing_elsewhere": {
        "es": "Las plantillas de promoción no salen por esta vía. Use una plantilla de servicio.",
        "pt": "Os modelos de promoção não saem por esta via. Use um modelo de serviço.",
        "en": "Promotional templates do not go this way. Use one of service.",
    },
    "identity_changed": {
        "es": "El cliente cambió de teléfono o reinstaló WhatsApp. Verifique quién es antes de escribirle.",
        "pt": "O cliente trocou de telefone ou reinstalou o WhatsApp. Verifique quem é antes de escrever.",
        "en": "The customer changed phones or installed WhatsApp anew. Verify who they are before you write.",
    },
    "our_fault": {
        "es": "WhatsApp no entendió el envío (código {code}): es un error del hub. Avise a su administrador y responda "
        "con un texto simple.",
        "pt": "O WhatsApp não entendeu o envio (código {code}): é um erro do hub. Avise o administrador e responda com "
        "um texto simples.",
        "en": "WhatsApp did not understand what was sent (code {code}): a fault of the hub. Tell your administrator "
        "and answer with a plain text.",
    },
    "kind": {
        "es": "WhatsApp no admite este tipo de mensaje aquí (código {code}). Responda con un texto simple.",
        "pt": "O WhatsApp não aceita este tipo de mensagem aqui (código {code}). Responda com um texto simples.",
        "en": "WhatsApp does not take this kind of message here (code {code}). Answer with a plain text.",
    },
    "template": {
        "es": "La plantilla no existe en ese idioma o sus datos no coinciden con lo aprobado (código {code}). Avise "
        "a su administrador.",
        "pt": "O modelo não existe nesse idioma ou os dados não correspondem ao aprovado (código {code}). Avise o "
        "administrador.",
        "en": "The template does not exist in that language, or its data is not as approved (code {code}). Tell your "
        "administrator.",
    },
    "template_stopped": {
        "es": "WhatsApp pausó o desactivó la plantilla por su calidad. Use otra o avise a su administrador.",
        "pt": "O WhatsApp pausou ou desativou o modelo pela qualidade. Use outro ou avise o administrador.",
        "en": "WhatsApp paused or disabled the template for its quality. Use another or tell your administrator.",
    },
    "unknown": {
        "es": "WhatsApp no envió la respuesta (código {code}). Intente con un texto simple o por otro medio.",
        "pt": "O WhatsApp não enviou a resposta (código {code}). Tente com um texto simples ou por outro meio.",
        "en": "WhatsApp did not send the answer (code {code}). Try a plain text or other means.",
    },
}
"""By meaning. `{code}`: the provider's."""
