//! The grammar of German questions.

use super::words::{Table, Word};
use crate::semantic::Grain;

pub(super) const WORDS: Table = &[
    (
        Word::By,
        "nach|pro|je|fur jede|fur jeden|fur jedes|in jeder|in jedem|jede|jeder|jedes|jeden|aufgeteilt nach|gruppiert nach|aufgeschlusselt nach|verteilt auf|getrennt nach|von jedem|von jeder|pro jeweiliger",
    ),
    (Word::Every(Grain::Day), "taglich|tageweise"),
    (Word::Every(Grain::Week), "wochentlich|wochenweise"),
    (
        Word::Every(Grain::Month),
        "monatlich|monatliche|monatlichen|monatlicher|monatsweise",
    ),
    (Word::Every(Grain::Quarter), "quartalsweise|vierteljahrlich"),
    (Word::Every(Grain::Year), "jahrlich|jahrliche|jahresweise"),
    (Word::Unit(Grain::Day), "tag|tage|tagen"),
    (Word::Unit(Grain::Week), "woche|wochen|kalenderwoche"),
    (Word::Unit(Grain::Month), "monat|monate|monaten|monats"),
    (Word::Unit(Grain::Quarter), "quartal|quartale|quartalen|quartals"),
    (Word::Unit(Grain::Year), "jahr|jahre|jahren|jahres|geschaftsjahr"),
    (
        Word::HowMany,
        "wie viele|wieviele|anzahl|anzahl der|anzahl von|zahl der|die anzahl|wie viel deals",
    ),
    (
        Word::HowMuch,
        "wie viel|wieviel|betrag|summe|summe der|wert|wert der|volumen|gesamtwert|gesamtbetrag|gesamtvolumen|hohe der|gesamtsumme|geldwert",
    ),
    (
        Word::Average,
        "durchschnitt|durchschnittlich|durchschnittliche|durchschnittlicher|durchschnittliches|durchschnittlichen|im durchschnitt|im schnitt|mittlere|mittlerer|mittleres|durchschnittsgrosse|durchschnittliche grosse",
    ),
    (
        Word::List,
        "liste|liste der|liste aller|zeige|zeig|zeige mir|zeig mir|zeige mir alle|zeig mir alle|zeige alle|auflisten|aufgelistet|liste mir|liste alle|datensatze|die datensatze|einzeln|einzelne|details",
    ),
    (
        Word::Which,
        "welche|welcher|welches|welchen|welchem|was fur|was fur eine",
    ),
    (
        Word::Most,
        "meiste|meisten|am meisten|die meisten|das meiste|top|hochste|hochsten|hochster|grosste|grossten|grosster|am hochsten|am grossten|fuhrende",
    ),
    (
        Word::Least,
        "wenigste|wenigsten|am wenigsten|die wenigsten|niedrigste|niedrigsten|kleinste|kleinsten|geringste|geringsten|schlechteste|schlechtesten|am niedrigsten|unterste|untersten",
    ),
    (
        Word::Best,
        "beste|besten|bester|am besten|starkste|starksten|bestes|erfolgreichste|erfolgreichster|erfolgreichsten",
    ),
    (
        Word::Other,
        "mit sonstige|mit sonstigen|mit rest|rest zusammengefasst|und sonstige|und der rest|mit ubrigen",
    ),
    (
        Word::Share,
        "prozent|wie viel prozent|wieviel prozent|wie viel prozent der|wie viel prozent von|anteil|anteile|anteil der|anteil an|prozentualer anteil|prozentual|als anteil|in prozent|prozentsatz|welcher anteil|verteilung|verteilung der|am gesamten",
    ),
    (
        Word::Trend,
        "trend|verlauf|entwicklung|entwicklung der|entwicklung des|zeitverlauf|im zeitverlauf|uber die zeit|im verlauf|zeitlicher verlauf|verlauf der",
    ),
    (
        Word::Versus,
        "im vergleich zu|im vergleich zum|im vergleich zur|verglichen mit|vergleich|gegenuber|vs|versus|vergleiche|im vergleich|gegen|verglichen|vergleiche mit|vergleich mit|im vergleich mit",
    ),
    (
        Word::Over,
        "uber|mehr als|grosser als|hoher als|oberhalb von|von mehr als|von uber|mit mehr als|mit uber",
    ),
    (Word::AtLeast, "mindestens|wenigstens|ab|minimum"),
    (
        Word::Under,
        "unter|weniger als|kleiner als|niedriger als|unterhalb von|von weniger als",
    ),
    (Word::AtMost, "hochstens|maximal|bis zu"),
    (Word::More, "mehr|weniger|besser|schlechter|hoher|niedriger"),
    (
        Word::Overdue,
        "uberfallig|uberfallige|uberfalligen|uberfalliger|uberfalliges",
    ),
    (Word::Between, "zwischen"),
    (
        Word::Without,
        "ohne|nicht|kein|keine|keinen|keiner|ausser|ausgenommen|nicht aus|fehlend|fehlender|fehlendem|ohne die|ohne eine|ohne einen|nicht die",
    ),
    (
        Word::Only,
        "nur|lediglich|nur die|nur noch|ausschliesslich|bloss|nur fur|nur mit|beschrankt auf",
    ),
    (Word::And, "und|sowie|oder"),
    (Word::With, "mit|haben"),
    (
        Word::Open,
        "offen|offene|offenen|offener|offenes|offenem|aktive|aktiven|laufende deals|noch offen|noch offene",
    ),
    (
        Word::Won,
        "verkauft|verkauften|verkaufte|verkaufen|gewonnen|gewonnene|gewonnenen|gewonnener|gewonnenes|gewinnen|gewann|gewannen|gewinnt",
    ),
    (
        Word::Lost,
        "verloren|verlorene|verlorenen|verlorener|verlorenes|verlieren|verlor|verloren gegangen|verlieren wir",
    ),
    (
        Word::New,
        "neue|neuer|neuen|neu|neues|angelegt|angelegte|angelegten|erstellt|erstellte|erstellten|erfasst|erfasste|eroffnet|eroffnete|bekommen|erhalten|eingegangen|eingegangene|eingegangenen|entstanden|dazugekommen|hinzugekommen|reingekommen|hereingekommen|entstandene",
    ),
    (
        Word::Closing,
        "abgeschlossen werden sollen|abgeschlossen werden soll|geschlossen werden|abschluss|abschluss im|abschliessen|schliessen|schliessend|abschlussdatum|mit abschluss|fallig|abgeschlossen werden|mit abschlussdatum|schliessen ab|zum abschluss",
    ),
    (
        Word::Funnel,
        "trichter|vertriebstrichter|verkaufstrichter|funnel|sales funnel|konversion zwischen den phasen|konversion zwischen phasen|umwandlung zwischen phasen|konversion je phase|konversion pro phase|pipeline trichter",
    ),
    (
        Word::Durations,
        "verweildauer|verweildauer je phase|dauer je phase|dauer pro phase|zeit je phase|zeit pro phase|tage je phase|bleiben in jeder phase|in jeder phase|phasendauer|in den phasen|pro phase bleiben|verweildauer in jeder phase|bleiben in den phasen",
    ),
    (
        Word::Cohort,
        "kohorte|kohorten|kohortenanalyse|nach kohorte|nach kohorten",
    ),
    (
        Word::Bridge,
        "brucke|pipeline brucke|wasserfall|pipelinebewegung|pipeline bewegung|pipelineveranderung|pipelinebrucke",
    ),
    (
        Word::Change,
        "verandert|geandert|anderte|veranderung|anderung|veranderungen|anderungen|passiert|bewegt|getan|veranderte",
    ),
    (
        Word::AsOf,
        "zum|stand|stand vom|stand zum|per|zum stand|zum stichtag|stichtag|mit stand|am stichtag|mit stand vom|stand am",
    ),
    (
        Word::EndOf,
        "ende|am ende|zum ende|ende des|am ende des|zum ende des|ende der|am ende der|zum ende der|ende vom",
    ),
    (
        Word::HowLong,
        "wie schnell|wie lange|wie lang|wie viele tage|wie lange dauert es",
    ),
    (Word::Mine, "mein|meine|meinen|meiner|meines|meinem|habe ich"),
    (
        Word::MyTeam,
        "mein team|meinem team|meines teams|meine mitarbeiter|meinen mitarbeitern|meiner mitarbeiter|meine leute|meine verkaufer|meine vertriebler",
    ),
    (
        Word::Team,
        "vertrieb|vertriebsteam|verkaufsteam|unser vertriebsteam|im vertrieb|unser|unsere|unserer|unseren|unserem|wir|uns|team|unseres|alle verkaufer|haben wir|bei uns",
    ),
    (
        Word::Also,
        "auch noch|zusatzlich|ausserdem|und|und was ist mit|was ist mit|auch|jetzt|dann|und fur|wie sieht es mit|wie ist es mit|dasselbe fur|das gleiche fur|und wie|und bei|und von|und im|und in",
    ),
    (Word::Instead, "stattdessen|statt dessen|lieber"),
    (
        Word::Write,
        "losche|loschen|entferne|entfernen|setze|setzen|aktualisiere|andere|andern|erstelle|anlegen|lege|fuge|weise|verschiebe|uberschreibe|markiere|sende|schicke|konvertiere|schliesse|ubertrage|bearbeite|trage|verwerfe|archiviere|exportiere",
    ),
    (
        Word::Forbidden,
        "mandant|mandanten|anderen mandanten|anderer mandant|eines anderen mandanten|ignoriere|vergiss|deine regeln|anweisungen|systemprompt|passwort|passworter|kennwort|anderen firma|andere firma|aller firmen|aller unternehmen|sql|geheimnis|zugangsdaten|umgehe",
    ),
    (
        Word::Filler,
        "soll|sollen|sollte|sollten|muss|mussen|rein|herein|darf|durfen|ich|der|die|das|den|dem|des|ein|eine|einen|einem|einer|eines|ist|sind|war|waren|sein|haben|hat|hatte|hatten|habe|gibt|gab|es|in|im|am|an|auf|zu|zum|zur|fur|von|vom|aus|bei|beim|bis|mit|mir|bitte|kann|kannst|konnen|du|sie|er|ihr|ihre|ihren|sag|sage|gib|mal|denn|doch|noch|gerade|aktuell|aktuelle|aktuellen|derzeit|momentan|zurzeit|heute noch|insgesamt|gesamt|gesamte|gesamten|alle|allen|aller|alles|sich|wie|wie hoch|hoch|was|wer ist|wird|werden|wurde|wurden|als|so|dass|wenn|ob|da|dort|steht|stehen|sieht|aussieht|liegt|liegen|betragt|jeweils|eigentlich|hallo|danke|moin|gern|gerne|mochte|will|wissen|brauche|ich mochte|uberblick|ubersicht|bericht|bisher|davon|dabei|diese|dieser|dieses|diesen|diesem|bleiben|bleibt|verbleiben|dauert|gemacht|gehabt|gehoren|gehort|kamen|kommen|kommt|lief|lauft|laufen|welche davon|zahlen|genau|wert|nun|hier|einmal|unsere firma|verblieben",
    ),
];
