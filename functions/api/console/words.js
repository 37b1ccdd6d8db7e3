// What the page says, in the language of the browser.

const ENGLISH = {
  conversations: "Conversations", operations: "Operations", sign_in: "Sign in", sign_out: "Sign out", token: "Access token",
  token_help: "The token is kept in this tab alone and forgotten when it is closed.",
  token_refused: "This token is not known.", scope_missing: "This token may not see this part.",
  search: "Search", search_hint: "Phone, e-mail or kind:value", all_conversations: "All conversations", nobody: "Nobody has this identity.",
  nothing_yet: "Nothing yet. As soon as somebody writes, it appears here.",
  look_up: "Search for a customer by phone, e-mail or another identity.",
  choose: "Choose a conversation.", back: "Back", no_name: "No name", live: "Live", paused: "Paused", offline: "No connection",
  told: "What the tool was told", told_nothing: "Nothing yet.", told_up_to: "told up to", of: "of", in_tools: "In the tools",
  not_there_yet: "not there yet", repeats: "repeats", edited: "edited", deleted: "deleted message", forwarded: "forwarded",
  internal: "internal note", whole_log: "Whole log", said: "What was said", more_entries: "There is more in this case.",
  queues: "Queues", queue: "Queue", waiting: "Waiting", in_flight: "In progress", tools: "Tools", tool: "Tool", state: "State",
  reason: "Reason", failures: "Failures", dead_letters: "Dead letters", no_dead_letters: "No dead letters: nothing was left behind.",
  redrive: "Send again", redrive_all: "Send all again", redriven: "sent again", origin: "Where", last: "Last time", attempts: "Attempts", contents: "Contents",
  more: "Show more", closed_breaker: "working", open_breaker: "failing, paused", stopped_breaker: "stopped: see its settings",
  new: "new", open: "open", pending_customer: "waiting for the customer", on_hold: "on hold", resolved: "resolved", closed: "closed", merged: "merged", spam: "spam",
  sent: "sent", delivered: "delivered", read: "read", played: "played", failed: "not delivered", unknown: "unknown",
  customer: "Customer", agent: "Agent", bot: "Bot", system: "System", location: "Location", contact: "Contact", order: "Order", survey: "Survey",
  image: "Image", audio: "Audio", video: "Video", document: "Document", sticker: "Sticker", share: "Share", story: "Story",
  call: "Call", unsupported: "Something that cannot be shown here", message: "Message", customers_panel: "Conversations, newest first", active: "active",
  see_story: "See a demonstration", story_begins: "It has begun: invented people are writing.",
  side: "Beside the conversation", agent_box: "Answer in the tool", phone: "Customer's phone", agent_side: "Answer", phone_side: "Phone", tool_side: "Told",
  agent_help: "As an agent would in their tool: it tells the hub by a signed webhook. Ctrl+Enter sends.",
  agent_text: "Answer or note", reply: "Answer", note: "Note", pend: "Pending", resolve: "Resolve",
  telling: "Telling the hub…", told_hub: "The hub has it.", text_needed: "Write something first.",
  dangerous: "may harm your computer", file_queued: "being fetched", file_gone: "no longer there", file_refused: "not fetched, for safety",
  file_too_large: "too large", file_failed: "could not be fetched",
  phone_nothing: "Nothing has reached this phone yet.", accepted: "on its way", template: "Template",
  figures: "Figures", figures_of: "Figures of", figure: "Figure", all_channels: "All", no_figures: "No figures today yet. They follow what is said within seconds.",
  figures_help: "n: how many cases, contacts or answers stand behind a figure. –: no data. More days and figures: hilo kpi, or GET /v1/kpis.",
  figures_mean: "What each figure means", provisional: "provisional", few_answers: "few answers",
  figure_contacts_offered: "Contacts begun by customers", figure_frt_human_calendar: "First answer by a person, mean", figure_frt_human_business: "The same in open hours",
  figure_sla_first_response: "First answers in time", figure_nrt_business: "Next answers, mean, open hours", figure_cases_resolved: "Cases resolved",
  figure_first_resolution_calendar: "Time to resolve, mean", figure_fcr: "Resolved at first contact", figure_reopen_rate: "Reopened",
  figure_surveys_sent: "Surveys sent", figure_csat: "Satisfied customers (CSAT)",
  whatsapp: "WhatsApp", email: "E-mail", messenger: "Messenger", instagram: "Instagram", voice: "Telephone", in_person: "In person",
};

const SPANISH = {
  conversations: "Conversaciones", operations: "Operación", sign_in: "Entrar", sign_out: "Salir", token: "Clave de acceso",
  token_help: "La clave se guarda solo en esta pestaña y se olvida al cerrarla.",
  token_refused: "Esta clave no se reconoce.", scope_missing: "Esta clave no permite ver esta parte.",
  search: "Buscar", search_hint: "Teléfono, correo o tipo:valor", all_conversations: "Todas las conversaciones", nobody: "Nadie tiene esta identidad.",
  nothing_yet: "Todavía nada. En cuanto alguien escriba, aparecerá aquí.",
  look_up: "Busque un cliente por teléfono, correo u otra identidad.",
  choose: "Elija una conversación.", back: "Volver", no_name: "Sin nombre", live: "En vivo", paused: "En pausa", offline: "Sin conexión",
  told: "Lo que recibió la herramienta", told_nothing: "Todavía nada.", told_up_to: "recibió hasta", of: "de", in_tools: "En las herramientas",
  not_there_yet: "aún no está", repeats: "repeticiones", edited: "editado", deleted: "mensaje eliminado", forwarded: "reenviado",
  internal: "nota interna", whole_log: "Registro completo", said: "Lo que se dijo", more_entries: "Hay más en este caso.",
  queues: "Colas", queue: "Cola", waiting: "En espera", in_flight: "En curso", tools: "Herramientas", tool: "Herramienta", state: "Estado",
  reason: "Motivo", failures: "Fallos", dead_letters: "Mensajes apartados", no_dead_letters: "Sin mensajes apartados: nada quedó atrás.",
  redrive: "Reenviar", redrive_all: "Reenviar todos", redriven: "reenviados", origin: "Dónde", last: "Última vez", attempts: "Intentos", contents: "Contenido",
  more: "Ver más", closed_breaker: "funciona", open_breaker: "con fallos, en pausa", stopped_breaker: "detenida: revise sus ajustes",
  new: "nuevo", open: "abierto", pending_customer: "espera al cliente", on_hold: "en pausa", resolved: "resuelto", closed: "cerrado", merged: "unido", spam: "spam",
  sent: "enviado", delivered: "entregado", read: "leído", played: "reproducido", failed: "no entregado", unknown: "sin confirmar",
  customer: "Cliente", agent: "Agente", bot: "Bot", system: "Sistema", location: "Ubicación", contact: "Contacto", order: "Pedido", survey: "Encuesta",
  image: "Imagen", audio: "Audio", video: "Video", document: "Documento", sticker: "Sticker", share: "Compartido", story: "Historia",
  call: "Llamada", unsupported: "Algo que no se puede mostrar aquí", message: "Mensaje", customers_panel: "Conversaciones, la más reciente primero", active: "activos",
  see_story: "Ver una demostración", story_begins: "Ya empezó: escriben personas inventadas.",
  side: "Junto a la conversación", agent_box: "Responder en la herramienta", phone: "Teléfono del cliente", agent_side: "Responder", phone_side: "Teléfono", tool_side: "Recibido",
  agent_help: "Como lo haría un agente en su herramienta: esta avisa al hub con un webhook firmado. Ctrl+Enter envía.",
  agent_text: "Respuesta o nota", reply: "Responder", note: "Nota", pend: "En espera", resolve: "Resolver",
  telling: "Avisando al hub…", told_hub: "El hub ya lo tiene.", text_needed: "Escriba algo primero.",
  dangerous: "puede dañar su equipo", file_queued: "por bajar", file_gone: "ya no está", file_refused: "no se bajó, por seguridad",
  file_too_large: "demasiado grande", file_failed: "no se pudo bajar",
  phone_nothing: "Todavía no llegó nada a este teléfono.", accepted: "en camino", template: "Plantilla",
  figures: "Cifras", figures_of: "Cifras del", figure: "Cifra", all_channels: "Todos", no_figures: "Hoy todavía no hay cifras. Siguen a lo que se dice en segundos.",
  figures_help: "n: cuántos casos, contactos o respuestas hay detrás de una cifra. –: sin datos. Más días y cifras: hilo kpi, o GET /v1/kpis.",
  figures_mean: "Qué significa cada cifra", provisional: "provisional", few_answers: "pocas respuestas",
  figure_contacts_offered: "Contactos iniciados por clientes", figure_frt_human_calendar: "Primera respuesta de una persona, media", figure_frt_human_business: "Lo mismo en horario de atención",
  figure_sla_first_response: "Primeras respuestas a tiempo", figure_nrt_business: "Respuestas siguientes, media, en horario", figure_cases_resolved: "Casos resueltos",
  figure_first_resolution_calendar: "Tiempo hasta resolver, media", figure_fcr: "Resueltos en el primer contacto", figure_reopen_rate: "Reabiertos",
  figure_surveys_sent: "Encuestas enviadas", figure_csat: "Clientes satisfechos (CSAT)",
  whatsapp: "WhatsApp", email: "Correo", messenger: "Messenger", instagram: "Instagram", voice: "Teléfono", in_person: "En persona",
};

export const language = (navigator.languages?.[0] ?? navigator.language ?? "en").toLowerCase().startsWith("es") ? "es" : "en";
const WORDS = language === "es" ? SPANISH : ENGLISH;

// A word of the hub's that this page does not know is shown as it is.
export const say = (word) => WORDS[word] ?? word;

const TIME = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export function moment(text) {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) return "";
  return at.toDateString() === new Date().toDateString() ? TIME.format(at) : DAY.format(at);
}
