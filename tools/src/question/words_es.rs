//! The grammar of Spanish questions.

use super::words::{Table, Word};
use crate::semantic::Grain;

pub(super) const WORDS: Table = &[
    (
        Word::By,
        "por|por cada|en cada|de cada|cada|segun|desglosado por|desglosada por|agrupado por|agrupadas por|dividido por|para cada|desglose por|repartido por",
    ),
    (Word::Every(Grain::Day), "diario|diaria|diariamente|dia a dia"),
    (
        Word::Every(Grain::Week),
        "semanal|semanales|semanalmente|semana a semana",
    ),
    (
        Word::Every(Grain::Month),
        "mensual|mensuales|mensualmente|mes a mes",
    ),
    (
        Word::Every(Grain::Quarter),
        "trimestral|trimestrales|trimestralmente",
    ),
    (Word::Every(Grain::Year), "anual|anuales|anualmente"),
    (Word::Unit(Grain::Day), "dia|dias"),
    (Word::Unit(Grain::Week), "semana|semanas"),
    (Word::Unit(Grain::Month), "mes|meses"),
    (Word::Unit(Grain::Quarter), "trimestre|trimestres"),
    (Word::Unit(Grain::Year), "ano|anos|ejercicio"),
    (
        Word::HowMany,
        "cuantos|cuantas|numero de|el numero de|cantidad de|numero total de|numero",
    ),
    (
        Word::HowMuch,
        "cuanto|cuanta|importe|importe total|valor|valor total|suma|suma de|monto|volumen|importe de|valor de|valor total del|valor total de|monto total",
    ),
    (
        Word::Average,
        "media|medio|promedio|en promedio|de media|tamano medio|tamano medio de|valor medio|importe medio|medias|medios|por termino medio|importe promedio|tamano promedio",
    ),
    (
        Word::List,
        "lista|lista de|listar|listado|listado de|muestra|muestrame|mostrar|ensena|ensename|ver|detalle|detalles|registros|los registros|enumera|lista todas|lista todos|mostrarme|ensename todas|listame",
    ),
    (Word::Which, "que|cual|cuales"),
    (
        Word::Most,
        "mas|la mayoria|mayor|mayores|top|mas alto|mas alta|mas grande|mas grandes|las mas grandes|mas altas|maximo|el mas|la mas|los mas grandes|principales",
    ),
    (
        Word::Least,
        "menos|menor|menores|mas bajo|mas baja|mas pequeno|mas pequena|mas pequenas|mas pequenos|peor|peores|minimo|mas bajas|ultimos puestos",
    ),
    (Word::Best, "mejor|mejores"),
    (
        Word::Other,
        "con otros|con el resto|y el resto|y otros|resto agrupado",
    ),
    (
        Word::Share,
        "porcentaje|porcentaje de|proporcion|proporcion de|cuota de participacion|en porcentaje|como porcentaje|que porcentaje|porcentaje del total|participacion|parte del total|que parte|como proporcion|distribucion|reparto|que proporcion",
    ),
    (
        Word::Trend,
        "tendencia|tendencia de|evolucion|evolucion de|evolucion del|a lo largo del tiempo|en el tiempo|desarrollo|historico de",
    ),
    (
        Word::Versus,
        "vs|versus|frente a|frente al|comparado con|comparada con|comparados con|comparadas con|en comparacion con|respecto a|respecto al|contra|compara con|comparar con|comparacion con|con respecto a|con respecto al|comparado",
    ),
    (
        Word::Over,
        "mas de|superior a|superiores a|mayor que|mayores que|por encima de|de mas de|mayor de|mayores de|con mas de",
    ),
    (Word::AtLeast, "al menos|como minimo|minimo de|a partir de"),
    (
        Word::Under,
        "menos de|inferior a|inferiores a|menor que|menores que|por debajo de|de menos de|con menos de",
    ),
    (Word::AtMost, "como maximo|maximo de|hasta un maximo de"),
    (
        Word::Overdue,
        "vencido|vencida|vencidos|vencidas|atrasado|atrasada|atrasados|atrasadas|con fecha de cierre pasada",
    ),
    (Word::Between, "entre"),
    (
        Word::Without,
        "sin|no|excepto|salvo|excluyendo|menos los|sin los|sin las|sin la|sin el|que no|sin un|sin una|sin ningun|sin ninguna|quitando",
    ),
    (
        Word::Only,
        "solo|solamente|unicamente|solo las|solo los|solo de|solo con|solo el|solo la|nada mas",
    ),
    (Word::And, "y|e|o|asi como"),
    (Word::With, "con|que tienen|tienen"),
    (
        Word::Open,
        "abierto|abierta|abiertos|abiertas|activo|activa|activas|activos|vigentes",
    ),
    (
        Word::Won,
        "vendido|vendidos|vendida|vendidas|vendimos|vender|vendio|hemos vendido|cerrado ganado|ganado|ganada|ganados|ganadas|ganamos|ganar|gano|ganaron|hemos ganado|ganan|gana",
    ),
    (
        Word::Lost,
        "perdido|perdida|perdidos|perdidas|perdimos|perder|perdio|perdieron|hemos perdido|pierde|pierden",
    ),
    (
        Word::New,
        "nuevo|nueva|nuevos|nuevas|creado|creada|creados|creadas|recibido|recibidos|recibidas|entraron|llegaron|registrado|registrados|recibimos|entrado",
    ),
    (
        Word::Closing,
        "cierran|cierra|cerrar|cierre|con cierre|fecha de cierre|que cierran|que se cierran|con fecha de cierre|se cierran|que cierren",
    ),
    (
        Word::Funnel,
        "embudo|embudo de ventas|embudo de conversion|conversion entre etapas|conversion por etapa|el embudo|embudo comercial",
    ),
    (
        Word::Durations,
        "tiempo en cada etapa|tiempo por etapa|duracion por etapa|dias por etapa|permanecen en cada etapa|en cada etapa|dias en cada etapa|duracion de las etapas|duracion de cada etapa|tiempo en etapa|permanencia por etapa",
    ),
    (
        Word::Cohort,
        "cohorte|cohortes|por cohorte|analisis de cohortes|por cohortes",
    ),
    (
        Word::Bridge,
        "puente|cascada|movimiento del pipeline|cambios del pipeline|cambios en el pipeline|puente del pipeline|movimientos del pipeline",
    ),
    (
        Word::Change,
        "cambio|cambiado|cambios|cambiaron|variacion|vario|ha cambiado|paso|ha pasado",
    ),
    (Word::AsOf, "a fecha de|a fecha|a dia|al|a cierre de|a"),
    (
        Word::EndOf,
        "final de|al final de|a finales de|fin de|al cierre de|final del|al final del|a finales del|fin del|al cierre del",
    ),
    (
        Word::HowLong,
        "que tan rapido|cuanto tardan|cuanto duran|cuanto permanecen|cuanto tiempo pasan|cuanto tiempo llevan|cuanto tiempo|cuantos dias|cuanto tarda|cuanto se tarda|cuanto tiempo tarda",
    ),
    (Word::Mine, "mi|mis|mio|mia|mios|mias|tengo"),
    (
        Word::MyTeam,
        "mi equipo|mis vendedores|mis comerciales|mi gente|mis colaboradores",
    ),
    (
        Word::Team,
        "equipo de ventas|equipo comercial|el equipo de ventas|nuestro equipo de ventas|nuestro|nuestra|nuestros|nuestras|nosotros|el equipo|equipo|tenemos",
    ),
    (
        Word::Also,
        "ademas|incluye|incluye tambien|y|y que tal|que tal|y para|tambien|ahora|y en|y de|y que hay de|lo mismo para|igual para|y con|que hay de",
    ),
    (Word::Instead, "en su lugar|en cambio|en vez de eso|mejor por"),
    (
        Word::Write,
        "borra|borrar|elimina|eliminar|actualiza|actualizar|cambia|modifica|crea|asigna|reasigna|mueve|anade|pon|envia|manda|marca|convierte|cierra|archiva|suprime|edita|exporta|quita|borrame",
    ),
    (
        Word::Forbidden,
        "ignora|olvida|tus reglas|tus instrucciones|instrucciones anteriores|otro inquilino|otra empresa|otras empresas|contrasena|contrasenas|clave|prompt del sistema|sql|todas las empresas|credenciales|secreto",
    ),
    (
        Word::Filler,
        "debe|deben|deberia|deberian|tendria|tendrian|yo|el|la|los|las|lo|un|una|unos|unas|de|del|en|a|al|para|con|es|son|era|eran|fue|fueron|ser|esta|estan|hay|hubo|habia|ha|han|hemos|se|su|sus|nos|me|te|le|que|como|cual es|cuales son|por favor|dame|dime|quiero|quisiera|necesito|puedes|podrias|saber|total|totales|en total|todo|toda|todos|todas|este|esta|estos|estas|ese|esa|actualmente|ahora mismo|hoy en dia|momento|hola|gracias|tiene|tienen|tuvo|tuvimos|hicimos|hizo|hicieron|cuanto es|donde|cuando|muy|ya|aun|todavia|cada uno|resumen|informe|permanecen|permanece|quedan|estan abiertos|nuestros datos|aquellos|aquellas|hechos|las de|los de|realizadas|realizados|asciende|vale|valen|ellas|ellos",
    ),
];
