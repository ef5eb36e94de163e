//! How urgent a text is: words of hurry and of failure in English, German, French and Spanish, deadlines, typography and
//! anger. Each kind of signal counts once, with the strongest of its words, so that repeating oneself is no way up.

/// A kind of signal: its name, and its phrases in small letters with their points.
type Signal = (&'static str, &'static [(&'static str, i32)]);

const SIGNALS: &[Signal] = &[
    (
        "hurry",
        &[
            ("urgent", 40),
            ("asap", 38),
            ("as soon as possible", 34),
            ("immediately", 36),
            ("emergency", 45),
            ("right away", 32),
            ("right now", 28),
            ("critical", 32),
            ("time sensitive", 30),
            ("time-sensitive", 30),
            ("high priority", 30),
            ("soon", 8),
            ("dringend", 40),
            ("eilig", 32),
            ("sofort", 36),
            ("umgehend", 34),
            ("schnellstmöglich", 34),
            ("notfall", 45),
            ("immédiatement", 36),
            ("au plus vite", 34),
            ("dès que possible", 32),
            ("urgence", 42),
            ("urgente", 40),
            ("inmediatamente", 36),
            ("cuanto antes", 34),
            ("lo antes posible", 34),
            ("emergencia", 45),
        ],
    ),
    (
        "failure",
        &[
            ("is down", 34),
            ("are down", 34),
            ("outage", 38),
            ("cannot log in", 26),
            ("can't log in", 26),
            ("can not log in", 26),
            ("locked out", 28),
            ("nobody can", 28),
            ("data loss", 42),
            ("lost data", 40),
            ("lost all", 36),
            ("security breach", 48),
            ("data breach", 48),
            ("hacked", 46),
            ("stopped working", 22),
            ("not working", 18),
            ("does not work", 18),
            ("doesn't work", 18),
            ("crash", 18),
            ("blocked", 18),
            ("error", 10),
            ("ausgefallen", 34),
            ("ausfall", 36),
            ("funktioniert nicht", 20),
            ("geht nicht", 18),
            ("kein zugriff", 26),
            ("datenverlust", 42),
            ("en panne", 34),
            ("ne fonctionne pas", 20),
            ("ne marche pas", 20),
            ("bloqué", 18),
            ("perdu toutes", 38),
            ("no funciona", 26),
            ("caído", 34),
            ("bloquead", 18),
        ],
    ),
    (
        "deadline",
        &[
            ("by today", 30),
            ("today or", 28),
            ("pm today", 32),
            ("am today", 32),
            ("end of day", 30),
            ("by tomorrow", 26),
            ("until tomorrow", 24),
            ("by the end of the week", 14),
            ("deadline", 22),
            ("within the hour", 36),
            ("in an hour", 30),
            ("tonight", 24),
            ("today", 14),
            ("expires", 12),
            ("bis heute", 30),
            ("noch heute", 32),
            ("bis morgen", 26),
            ("heute", 14),
            ("frist", 20),
            ("aujourd'hui", 18),
            ("avant demain", 26),
            ("d'ici demain", 26),
            ("hoy", 14),
            ("antes de mañana", 26),
            ("para mañana", 24),
        ],
    ),
    (
        "stakes",
        &[
            ("lose the contract", 28),
            ("losing customers", 28),
            ("losing money", 26),
            ("cancel our contract", 28),
            ("cancel my subscription", 22),
            ("legal action", 30),
            ("lawyer", 26),
            ("all our customers", 22),
            ("all users", 20),
            ("production", 16),
            ("our customers", 12),
            ("anwalt", 26),
            ("kündigen", 22),
            ("avocat", 26),
            ("résilier", 22),
            ("abogado", 26),
            ("cancelar el contrato", 24),
        ],
    ),
    (
        "waiting",
        &[
            ("still waiting", 18),
            ("third time", 20),
            ("second time", 14),
            ("no reply", 14),
            ("no response", 14),
            ("nobody answers", 18),
            ("no one answers", 18),
            ("escalate", 20),
            ("immer noch", 12),
            ("keine antwort", 16),
            ("toujours pas", 14),
            ("sans réponse", 16),
            ("sin respuesta", 16),
            ("todavía", 10),
        ],
    ),
];

/// Words that say that there is time.
const CALM: &[&str] = &[
    "no rush",
    "no hurry",
    "not urgent",
    "isn't urgent",
    "when you have time",
    "when you have a moment",
    "whenever you can",
    "at your convenience",
    "nicht dringend",
    "nicht eilig",
    "eilt nicht",
    "keine eile",
    "pas urgent",
    "sin prisa",
    "no es urgente",
];

/// 0 to 100, and the kinds of signals that were found, strongest first.
pub(super) fn of(text: &str, sentiment: f64) -> (i32, Vec<&'static str>) {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    let mut found: Vec<(&'static str, i32)> = SIGNALS
        .iter()
        .filter_map(|(name, phrases)| {
            let strongest = phrases
                .iter()
                .filter(|(phrase, _)| contains_word(&lower, phrase))
                .map(|(_, points)| *points)
                .max()?;
            Some((*name, strongest))
        })
        .collect();
    let marks = text.matches('!').count();
    if marks >= 2 {
        found.push(("exclamation", if marks >= 3 { 12 } else { 8 }));
    }
    if shouted(text) {
        found.push(("capitals", 10));
    }
    if sentiment <= -0.6 {
        found.push(("anger", 12));
    }
    found.sort_by_key(|(_, points)| std::cmp::Reverse(*points));
    let mut total: i32 = found.iter().map(|(_, points)| points).sum();
    if CALM.iter().any(|words| lower.contains(words)) {
        total /= 4;
    }
    // Two strong signals make it urgent; ten do not make it more than that.
    let urgency = (total + total / 4).min(100);
    (urgency, found.into_iter().map(|(name, _)| name).collect())
}

/// Whether a phrase begins where a word begins, so that `soon` is not found in `monsoon`.
fn contains_word(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        !text
            .get(..at)
            .and_then(|before| before.chars().next_back())
            .is_some_and(char::is_alphanumeric)
    })
}

/// Whether a word of four letters and more, or most of the text, is in capitals.
fn shouted(text: &str) -> bool {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() >= 4 && word.chars().any(char::is_alphabetic))
        .collect();
    let loud = words
        .iter()
        .filter(|word| !word.chars().any(|c| c.is_lowercase() || c.is_numeric()))
        .count();
    loud > 0 && loud * 4 >= words.len()
}
