//! Why a question is not answered, and what can be asked instead.

use serde::{Deserialize, Serialize};

use super::{
    chart::{Piece, What},
    lexicon::Meaning,
    tokens::Token,
    words::Word,
};
use crate::semantic::Language;

/// The longest question, in characters.
pub(super) const LONGEST: usize = 1_000;
/// Words that begin a question.
const ASKING: &[&str] = &[
    "how", "when", "where", "why", "what", "wie", "wann", "wo", "warum", "was", "como", "cuando", "donde",
    "que", "comment", "quand", "ou", "pourquoi",
];
/// The most words of a question.
pub(super) const MOST_WORDS: usize = 150;

/// Why a question is not answered. Nothing here says whether a record or a person exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeclineReason {
    /// There are no words in it.
    Empty,
    /// It is longer than a question can be.
    TooLong,
    /// It is in a script of none of the four languages.
    Language,
    /// It asks to change something; questions only read.
    Writes,
    /// It asks for other rules, other companies or secrets.
    Instructions,
    /// Words that matter are not known here.
    Unknown {
        /// The words, as they were written.
        words: Vec<String>,
    },
    /// Nothing in it says what is asked for.
    Unclear,
    /// The parts are known, but they make no sense together.
    Senseless {
        /// What makes no sense, in words.
        what: String,
    },
    /// A day that is in no calendar, or lies where nothing is known.
    Days,
}

impl DeclineReason {
    /// The reason as a sentence.
    pub fn sentence(&self, language: Language) -> String {
        let [en, de, es, fr] = match self {
            Self::Empty => [
                "There is no question in this.",
                "Darin steht keine Frage.",
                "Aquí no hay ninguna pregunta.",
                "Il n'y a pas de question ici.",
            ]
            .map(str::to_owned),
            Self::TooLong => [
                "This is too long for a question; ask for one thing in a sentence.",
                "Das ist zu lang für eine Frage; bitte eine Sache in einem Satz fragen.",
                "Es demasiado largo para una pregunta; pregunte una cosa en una frase.",
                "C'est trop long pour une question ; posez une seule question en une phrase.",
            ]
            .map(str::to_owned),
            Self::Language => [
                "I understand questions in English, German, Spanish and French.",
                "Ich verstehe Fragen auf Englisch, Deutsch, Spanisch und Französisch.",
                "Entiendo preguntas en inglés, alemán, español y francés.",
                "Je comprends les questions en anglais, allemand, espagnol et français.",
            ]
            .map(str::to_owned),
            Self::Writes => [
                "I only answer questions; I change nothing.",
                "Ich beantworte nur Fragen; ich ändere nichts.",
                "Solo respondo preguntas; no cambio nada.",
                "Je réponds seulement aux questions ; je ne modifie rien.",
            ]
            .map(str::to_owned),
            Self::Instructions => [
                "I answer questions about the numbers that you may see, and nothing else.",
                "Ich beantworte Fragen zu den Zahlen, die Sie sehen dürfen, und sonst nichts.",
                "Respondo preguntas sobre las cifras que usted puede ver, y nada más.",
                "Je réponds aux questions sur les chiffres que vous pouvez voir, et rien d'autre.",
            ]
            .map(str::to_owned),
            Self::Unknown { words } => {
                let words = words
                    .iter()
                    .map(|word| format!("“{word}”"))
                    .collect::<Vec<_>>()
                    .join(", ");
                [
                    format!("I do not know what {words} means here. Say it in other words, or check how a name is spelled."),
                    format!("Ich weiß nicht, was {words} hier bedeutet. Bitte anders sagen oder die Schreibweise eines Namens prüfen."),
                    format!("No sé qué significa {words} aquí. Dígalo con otras palabras o revise cómo se escribe un nombre."),
                    format!("Je ne sais pas ce que {words} veut dire ici. Dites-le autrement, ou vérifiez l'orthographe d'un nom."),
                ]
            }
            Self::Unclear => [
                "I do not see what is asked for. Name a number or records, such as won amount or open deals.",
                "Ich sehe nicht, wonach gefragt wird. Bitte eine Zahl oder Datensätze nennen, etwa Umsatz oder offene Deals.",
                "No veo qué se pregunta. Nombre una cifra o registros, como importe ganado u oportunidades abiertas.",
                "Je ne vois pas ce qui est demandé. Nommez un chiffre ou des enregistrements, comme montant gagné ou affaires ouvertes.",
            ]
            .map(str::to_owned),
            Self::Senseless { what } => [
                format!("This makes no sense together: {what}. Ask for one of them alone, or by something else."),
                format!("Das ergibt zusammen keinen Sinn: {what}. Bitte nach einem davon allein fragen oder nach etwas anderem aufteilen."),
                format!("Esto no tiene sentido junto: {what}. Pregunte por uno solo o agrupe por otra cosa."),
                format!("Cela n'a pas de sens ensemble : {what}. Demandez l'un des deux seul, ou par autre chose."),
            ],
            Self::Days => [
                "There are no such days to look at. Name days of the calendar, such as 28 February 2026 or last quarter.",
                "Solche Tage gibt es hier nicht. Bitte Tage des Kalenders nennen, etwa 28. Februar 2026 oder letztes Quartal.",
                "No existen esos días. Nombre días del calendario, como 28 de febrero de 2026 o el trimestre pasado.",
                "Ces jours n'existent pas. Nommez des jours du calendrier, comme le 28 février 2026 ou le trimestre dernier.",
            ]
            .map(str::to_owned),
        };
        match language {
            Language::En => en,
            Language::De => de,
            Language::Es => es,
            Language::Fr => fr,
        }
    }
}

/// Questions that can be asked, for somebody whose question was not understood.
pub(crate) fn suggestions(language: Language) -> Vec<String> {
    let say = match language {
        Language::En => [
            "Open pipeline by owner",
            "How much did we win this quarter?",
            "Win rate by lead source this year",
            "Which deals close next month?",
        ],
        Language::De => [
            "Offene Pipeline nach Inhaber",
            "Wie viel haben wir dieses Quartal gewonnen?",
            "Gewinnrate nach Quelle dieses Jahr",
            "Welche Deals schließen nächsten Monat?",
        ],
        Language::Es => [
            "Pipeline abierto por propietario",
            "¿Cuánto ganamos este trimestre?",
            "Tasa de éxito por origen este año",
            "¿Qué oportunidades cierran el próximo mes?",
        ],
        Language::Fr => [
            "Pipeline ouvert par propriétaire",
            "Combien avons-nous gagné ce trimestre ?",
            "Taux de réussite par source cette année",
            "Quelles opportunités se clôturent le mois prochain ?",
        ],
    };
    say.map(str::to_owned).to_vec()
}

/// What a text is that cannot be a question at all.
pub(super) fn no_question(text: &str, tokens: &[Token]) -> Option<DeclineReason> {
    if tokens.is_empty() {
        Some(DeclineReason::Empty)
    } else if text.chars().nth(LONGEST).is_some() || tokens.len() > MOST_WORDS {
        Some(DeclineReason::TooLong)
    } else if super::language::foreign(tokens) {
        Some(DeclineReason::Language)
    } else {
        None
    }
}

/// What a question asks for that no question gets: to change something, or to change the rules.
pub(super) fn forbidden(pieces: &[Piece], tokens: &[Token]) -> Option<DeclineReason> {
    if pieces.iter().any(|piece| piece.is(Word::Forbidden)) {
        return Some(DeclineReason::Instructions);
    }
    // An order begins with its verb, perhaps after a polite word; after "how" or "when" it is no order.
    let at = pieces.iter().position(|piece| !only(piece, Word::Filler))?;
    let asked = pieces.iter().take(at).any(|piece| {
        let words = tokens.iter().skip(piece.start).take(piece.len);
        words
            .into_iter()
            .any(|token| ASKING.contains(&token.norm.as_str()))
    });
    let first = pieces.get(at)?;
    (first.is(Word::Write) && !asked).then_some(DeclineReason::Writes)
}

fn only(piece: &Piece, word: Word) -> bool {
    matches!(&piece.what, What::Phrase(meanings, hits) if hits.is_empty() && meanings.iter().all(|meaning| *meaning == Meaning::Word(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::question::tokens::tokens;

    fn why(text: &str) -> Option<DeclineReason> {
        no_question(text, &tokens(text))
    }

    #[test]
    fn what_is_no_question_is_said_so() {
        assert_eq!(why("  ?! \u{0}"), Some(DeclineReason::Empty));
        assert_eq!(why(&"deals ".repeat(2000)), Some(DeclineReason::TooLong));
        assert_eq!(why("كم عدد الصفقات"), Some(DeclineReason::Language));
        assert_eq!(why("open deals"), None);
    }

    #[test]
    fn unknown_words_are_named() {
        let reason = DeclineReason::Unknown {
            words: vec!["blorb".to_owned()],
        };
        assert_eq!(
            reason.sentence(Language::En),
            "I do not know what “blorb” means here. Say it in other words, or check how a name is spelled."
        );
    }
}
