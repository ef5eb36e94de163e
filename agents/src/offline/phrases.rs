//! What the floor says in its own words, in the asker's language.

/// The sentences of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Phrases {
    /// Said when nothing was found.
    pub(super) not_found: &'static str,
    /// Said before the titles of near articles.
    pub(super) related: &'static str,
    /// Said when the search itself failed.
    pub(super) search_failed: &'static str,
    quotes: (&'static str, &'static str),
}

impl Phrases {
    /// A title in the language's quotation marks.
    pub(super) fn quoted(&self, title: &str) -> String {
        format!("{}{title}{}", self.quotes.0, self.quotes.1)
    }
}

/// The sentences for an ISO 639-1 code; English where there are none.
pub(super) fn of(language: &str) -> Phrases {
    let (not_found, related, search_failed, quotes) = match language {
        "de" => (
            "Dazu konnte ich in der Wissensdatenbank nichts finden.",
            "Verwandte Artikel:",
            "Die Suche in der Wissensdatenbank ist fehlgeschlagen, daher kann ich das gerade nicht beantworten.",
            ("„", "“"),
        ),
        "es" => (
            "No he encontrado la respuesta en la base de conocimientos.",
            "Artículos relacionados:",
            "La búsqueda en la base de conocimientos ha fallado, así que ahora no puedo responder.",
            ("«", "»"),
        ),
        "fr" => (
            "Je n’ai pas trouvé la réponse dans la base de connaissances.",
            "Articles proches :",
            "La recherche dans la base de connaissances a échoué ; je ne peux pas répondre pour le moment.",
            ("« ", " »"),
        ),
        "it" => (
            "Non ho trovato la risposta nella base di conoscenza.",
            "Articoli correlati:",
            "La ricerca nella base di conoscenza non è riuscita, quindi ora non posso rispondere.",
            ("«", "»"),
        ),
        "nl" => (
            "Ik heb het antwoord niet in de kennisbank gevonden.",
            "Verwante artikelen:",
            "Het zoeken in de kennisbank is mislukt, dus ik kan dit nu niet beantwoorden.",
            ("“", "”"),
        ),
        "pt" => (
            "Não encontrei a resposta na base de conhecimento.",
            "Artigos relacionados:",
            "A pesquisa na base de conhecimento falhou, por isso não posso responder agora.",
            ("“", "”"),
        ),
        _ => (
            "I could not find an answer to that in the knowledge base.",
            "Related articles:",
            "The search of the knowledge base failed, so I cannot answer that right now.",
            ("“", "”"),
        ),
    };
    Phrases {
        not_found,
        related,
        search_failed,
        quotes,
    }
}

/// What kind of answer a question asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Asked {
    /// It asks for steps.
    pub(super) how_to: bool,
    /// It asks for a number, a price or a time.
    pub(super) quantity: bool,
    /// It can be answered with yes or no.
    pub(super) yes_or_no: bool,
}

/// Reads the kind off the words that questions begin with in a few languages.
pub(super) fn asked(question: &str) -> Asked {
    const HOW_TO: &[&str] = &[
        "how do",
        "how can",
        "how to",
        "how should",
        "how would",
        "steps to",
        "way to",
        "set up",
        "wie kann",
        "wie mache",
        "wie richte",
        "wie geht",
        "wie ändere",
        "wie füge",
        "wie lösche",
        "wie stelle",
        "wie bekomme",
        "cómo puedo",
        "cómo se",
        "cómo hago",
        "cómo",
    ];
    const QUANTITY: &[&str] = &[
        "how many",
        "how much",
        "how long",
        "how often",
        "how soon",
        "how fast",
        "how big",
        "how large",
        "when ",
        "what time",
        "price",
        "cost",
        "maximum",
        "minimum",
        "limit",
        "what point",
        "wie viel",
        "wieviel",
        "wie lang",
        "wie oft",
        "wann",
        "was kostet",
        "bis wann",
        "cuánt",
        "cuándo",
        "precio",
        "límite",
    ];
    let question = question.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| question.contains(word));
    let quantity = has(QUANTITY);
    Asked {
        how_to: has(HOW_TO) && !quantity,
        quantity,
        yes_or_no: yes_or_no(&question),
    }
}

/// Whether the last question of a text begins as one for yes or no does.
fn yes_or_no(lowercase: &str) -> bool {
    const OPENERS: &[&str] = &[
        "can", "could", "may", "do", "does", "did", "is", "are", "was", "were", "will", "would", "should",
        "has", "have", "am", "kann", "können", "darf", "gibt", "ist", "sind", "wird", "hat", "haben",
        "lässt", "puedo", "puede", "se", "hay", "tienen", "es", "son",
    ];
    let mut sentences = lowercase.split_inclusive(['.', '!', '?']).map(str::trim);
    let last = sentences
        .clone()
        .rfind(|sentence| sentence.ends_with('?'))
        .or_else(|| sentences.rfind(|sentence| !sentence.is_empty()));
    let opener = last.and_then(|sentence| {
        sentence
            .split(|c: char| !c.is_alphanumeric())
            .find(|word| !word.is_empty())
    });
    opener.is_some_and(|word| OPENERS.contains(&word))
}

/// Words that lean on the sentence before theirs.
const LEANING: &[&str] = &[
    "it",
    "this",
    "that",
    "these",
    "those",
    "they",
    "them",
    "he",
    "she",
    "its",
    "their",
    "but",
    "also",
    "otherwise",
    "then",
    "so",
    "however",
    "therefore",
    "instead",
    "after",
    "afterwards",
    "both",
    "neither",
    "such",
    "er",
    "sie",
    "es",
    "dies",
    "diese",
    "dieser",
    "dieses",
    "das",
    "dann",
    "sonst",
    "aber",
    "danach",
    "dort",
    "dafür",
    "dabei",
    "deshalb",
    "trotzdem",
    "esto",
    "eso",
    "este",
    "esta",
    "estos",
    "ello",
    "pero",
    "también",
    "entonces",
    "después",
    "allí",
    "así",
];

/// Whether a sentence cannot be understood without the one before it.
pub(super) fn leans(sentence: &str) -> bool {
    let first = sentence
        .split(|c: char| !c.is_alphanumeric())
        .find(|word| !word.is_empty());
    first.is_some_and(|word| LEANING.contains(&word.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_question_decides_whether_yes_or_no_would_do() {
        for question in [
            "Can I pay by wire?",
            "We close in winter. Can we pause, and pay less?",
            "¿Puedo cobrar una señal?",
            "Gibt es eine App für die Uhr?",
            "is there a dark mode",
        ] {
            assert!(asked(question).yes_or_no, "{question}");
        }
        for question in [
            "How long is the link valid?",
            "Is it down? When will it be back?",
            "¿Cuánto tarda?",
            "locked out, how long until I can try again",
            "",
        ] {
            assert!(!asked(question).yes_or_no, "{question}");
        }
    }
}
