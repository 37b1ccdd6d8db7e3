"""What each figure means, in Portuguese; English and Spanish stand beside the figures themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_CALENDAR: Final = "em tempo corrido: média, p50, p90, p95"
_BUSINESS: Final = "em horário de atendimento: média, p50, p90, p95"
_SPREAD: Final = "média, p50, p90, p95"


def _times(**texts: str) -> dict[str, str]:
    """Each in calendar time and in business time."""
    return {
        f"{name}_{kind}": f"{text}, {how}"
        for name, text in texts.items()
        for kind, how in (("calendar", _CALENDAR), ("business", _BUSINESS))
    }


def _sla(**clocks: str) -> dict[str, str]:
    rest = "cumpridos ÷ (cumpridos + descumpridos); sem relógios em curso nem cancelados"
    return {f"sla_{clock}": f"Cumprimento de {name}: {rest}" for clock, name in clocks.items()}


PT: Final[Mapping[str, str]] = {
    "frt_unanswered": "Casos iniciados por escrito e nunca respondidos: quantos",
    "frt_live_unanswered": "Casos iniciados com chamada ou visita e nunca atendidos: quantos",
    "resolved_without_reply": "Casos resolvidos sem que ninguém respondesse: quantos",
    "turns_unanswered": "Turnos do cliente que terminaram com o caso resolvido e sem resposta: quantos",
    "courtesy_turns": "Só agradecimento ou despedida: ninguém espera resposta: quantos",
    "negative_duration": "Um fim mais de 5 s antes do início: separado, não conta em mais nada: quantos",
    "cases_resolved": "Casos resolvidos pela primeira vez: quantos",
    "cases_reopened": "Casos resolvidos e reabertos dentro da janela: quantos",
    "reopen_events": "Reaberturas dentro da janela: quantas",
    "backlog_entered": "Casos que passaram a pendentes: quantos",
    "backlog_left": "Casos que deixaram de estar pendentes: quantos",
    "contacts_offered": "Contatos iniciados por clientes: quantos",
    "contacts_short": "Chamadas abandonadas antes do limite de abandono curto: quantas",
    "contacts_handled": "Contatos atendidos por uma pessoa ou um bot: quantos",
    "contacts_handled_human": "Contatos atendidos por uma pessoa: quantos",
    "contacts_outbound": "Chamadas que fizemos: quantas",
    "cases_human": "Casos que cabe a pessoas atender: quantos",
    "cases_bot_only": "Casos atendidos só por um bot: quantos",
    "cases_spam": "Casos marcados como spam: quantos",
    "attempts_before_first_contact": "Tentativas abandonadas antes do primeiro contato atendido: quantas",
    "transfers": "Transferências a outro agente ou fila: quantas",
    "calls_offered": "Chamadas que chegaram a uma fila de pessoas: quantas",
    "calls_short": "Dessas, abandonadas antes do limite: quantas",
    "calls_answered": "Chamadas atendidas: quantas",
    "callbacks": "Retornos de chamada escolhidos na fila: quantos",
    "calls_self_service": "Chamadas que terminaram no menu automático: quantas",
    "bot_sessions": "Conversas conduzidas por um bot: quantas",
    "surveys_sent": "Pesquisas enviadas: quantas",
    "surveys_late": "Respostas fora do prazo: guardadas, não contam: quantas",
    **_times(
        frt_human="Do primeiro contato, ou da passagem se antes atendeu um bot, até a primeira resposta humana",
        frt_contact="Do primeiro contato do cliente até a primeira resposta humana, incluído o tempo do bot",
        frt_live="Do primeiro contato até que se atenda a chamada ou a visita, com tentativas anteriores",
        nrt="Da mensagem mais antiga sem resposta após uma resposta humana até a próxima resposta humana",
    ),
    "handle_time": f"Trabalho num contato escrito: soma dos créditos de seus agentes, com teto cada um: {_SPREAD}",
    "handle_time_leg": f"A parte de um agente num contato escrito: {_SPREAD}",
    "aht_voice": f"Conversa, espera em linha e encerramento de uma chamada recebida, todos os trechos: {_SPREAD}",
    "aht_voice_leg": f"A parte de um agente numa chamada: {_SPREAD}",
    "outbound_handle_time": f"Tempo de trabalho de uma chamada que fizemos: {_SPREAD}",
    "open_span": f"Da aceitação ao fechamento: quanto o caso ficou aberto, não quanto se trabalhou: {_SPREAD}",
    **_times(
        first_resolution="Do primeiro contato à primeira resolução",
        full_resolution="Do primeiro contato à última resolução",
        first_resolution_auto="Do primeiro contato à primeira resolução, quando veio do silêncio do cliente",
        full_resolution_auto="Do primeiro contato à última resolução, quando veio do silêncio do cliente",
        first_resolution_without_auto="Do primeiro contato à primeira resolução, sem a que veio do silêncio do cliente",
        full_resolution_without_auto="Do primeiro contato à última resolução, sem a que veio do silêncio do cliente",
        net_resolution="Como a resolução completa, sem o tempo entre uma resolução e sua reabertura",
    ),
    "requester_wait": f"Tempo em novo, aberto e em espera: {_SPREAD}",
    "agent_idle": f"Tempo em que o cliente devia responder: {_SPREAD}",
    "on_hold_time": f"Tempo em que um terceiro devia agir: {_SPREAD}",
    "asa": f"Espera de uma chamada atendida: {_SPREAD}",
    "contacts_excluding_short": "Contatos oferecidos sem as chamadas abandonadas antes do limite de abandono curto",
    **_sla(
        first_response="primeira resposta",
        next_response="próxima resposta",
        update="atualização proativa",
        resolution="resolução",
        assignment="atribuição",
    ),
    "fcr": "Resolução no primeiro contato, por caso: resolvidos no primeiro contato, sem reabertura nem caso novo do "
    "assunto dentro da janela ÷ casos resolvidos elegíveis, bruta; por canal do primeiro contato",
    "fcr_net": "Como fcr, sem os assuntos que não podem ser resolvidos no primeiro contato",
    "fcr_repeat_contact": "Resolução no primeiro contato, por repetição: contatos humanos sem outro contato do assunto "
    "por nenhum canal dentro da janela ÷ contatos humanos; por contato, por isso é maior que por caso",
    "fcr_survey": "Clientes que dizem que ficou resolvido neste contato ÷ respostas",
    "one_touch": "Casos resolvidos com exatamente uma resposta humana ÷ casos resolvidos; só para comparar com "
    "helpdesks",
    "reopen_rate": "Casos da coorte (por primeira resolução) reabertos ao menos uma vez na janela ÷ casos resolvidos",
    "auto_resolved_rate": "Casos cuja primeira resolução veio do silêncio do cliente ÷ casos resolvidos",
    "transfer_rate": "Contatos humanos com alguma transferência ÷ contatos humanos; a passagem de um bot não é "
    "transferência",
    "channel_switch": "Casos com contatos do cliente em dois ou mais canais ÷ casos",
    "channel_switch_forced": "Desses, quando a empresa pediu ÷ casos",
    "chats_offered": "Contatos escritos que chegaram a pessoas: quantos",
    "chat_abandonment": "Contatos escritos abandonados antes de qualquer resposta humana ÷ aqueles cuja espera "
    "terminou, respondidos ou abandonados, no momento em que terminou",
    "handoff_rate": "Sessões de bot que pediram uma pessoa ÷ sessões",
    "handoff_lost": "Passagens que ninguém aceitou ÷ passagens",
    "containment": "Sessões de bot terminadas sem intervenção humana ÷ sessões; inclui quem desistiu",
    "containment_verified": "Contidas, e o cliente não voltou por nenhum canal dentro da janela ÷ sessões: provisória "
    "até a janela passar",
    "service_level": "Chamadas atendidas dentro do prazo ÷ (oferecidas − abandonos curtos)",
    "abandonment": "Chamadas abandonadas após o limite ÷ (esperas terminadas − abandonos curtos), no momento do "
    "abandono",
    "abandonment_raw": "Todas as chamadas abandonadas ÷ esperas terminadas",
    "recovered_abandons": "Chamadas abandonadas cujo cliente foi atendido por algum canal na hora seguinte ÷ "
    "abandonadas",
    "survey_response": "Pesquisas respondidas ÷ pesquisas entregues",
    "conversion": "Contatos seguidos de uma venda atribuída dentro da janela ÷ contatos elegíveis; uma venda, um "
    "contato",
    "revenue": "Vendas atribuídas menos devoluções",
    "csat": "CSAT, dois melhores valores: respostas 4 e 5 ÷ respostas",
    "csat_mean": "CSAT, média de 1 a 5",
    "nps": "NPS: % de promotores (9–10) − % de detratores (0–6), de −100 a 100",
    "ces_mean": "CES 2.0, média de 1 a 7",
    "ces_agree": "CES 2.0: respostas 5 a 7 ÷ respostas",
    "ces_strict": "CES 2.0: respostas 6 e 7 ÷ respostas",
    "ces_old_mean": "CES antigo de 1 a 5, invertido: 5 é facilidade; nunca junto com CES 2.0",
}
"""By the name of the figure."""
