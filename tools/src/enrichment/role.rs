//! What somebody is at work, as they say or sign.

use super::{Said, words::sentences};

/// Words that make a title of a job.
const ROLES: &[&str] = &[
    "ceo",
    "cto",
    "cfo",
    "coo",
    "cio",
    "cmo",
    "cpo",
    "vp",
    "director",
    "manager",
    "head",
    "chief",
    "president",
    "owner",
    "founder",
    "co-founder",
    "cofounder",
    "buyer",
    "engineer",
    "officer",
    "partner",
    "principal",
    "administrator",
    "coordinator",
    "consultant",
    "architect",
    "developer",
    "analyst",
    "leiter",
    "leiterin",
    "abteilungsleiter",
    "abteilungsleiterin",
    "geschäftsführer",
    "geschäftsführerin",
    "einkäufer",
    "einkäuferin",
    "inhaber",
    "inhaberin",
    "vorstand",
    "projektleiter",
    "projektleiterin",
    "teamleiter",
    "teamleiterin",
    "directeur",
    "directrice",
    "responsable",
    "gérant",
    "gérante",
    "acheteur",
    "acheteuse",
    "directora",
    "jefe",
    "jefa",
    "gerente",
    "dueño",
    "dueña",
    "fundador",
    "fundadora",
];
/// What somebody says before their title, in lower case.
const OPENINGS: &[&str] = &[
    "i am the ",
    "i am a ",
    "i am an ",
    "i am ",
    "i'm the ",
    "i'm a ",
    "i'm an ",
    "i'm ",
    "i work as ",
    "my role is ",
    "ich bin der ",
    "ich bin die ",
    "ich bin ",
    "ich arbeite als ",
    "soy la ",
    "soy el ",
    "soy ",
    "je suis la ",
    "je suis le ",
    "je suis ",
];
/// Words at which a title ends.
const ENDS: &[&str] = &[
    "at",
    "for",
    "from",
    "in",
    "and",
    "with",
    "who",
    "here",
    "bei",
    "beim",
    "von",
    "und",
    "in",
    "im",
    "chez",
    "et",
    "en",
    "y",
    "a",
    "with",
    "looking",
    "responsible",
    "interested",
];
/// The most words of a title.
const MOST: usize = 6;
/// Lines of a signature, from the end.
const SIGNATURE: usize = 8;

/// The title that somebody gives themselves, else the one they sign with.
pub(super) fn role(text: &str) -> Option<Said> {
    sentences(text).find_map(told).or_else(|| signed(text))
}

/// `I am the head of sales at …`.
fn told(sentence: &str) -> Option<Said> {
    let lower = sentence.to_lowercase();
    // The places are the same only where lower case changes no length.
    if lower.len() != sentence.len() {
        return None;
    }
    OPENINGS.iter().find_map(|opening| {
        let at = lower.match_indices(opening).map(|(at, _)| at).find(|at| {
            lower
                .get(..*at)
                .is_some_and(|before| before.is_empty() || before.ends_with([' ', ',', '.', ':']))
        })?;
        let title = title(sentence.get(at + opening.len()..)?)?;
        Some(Said {
            value: title,
            quote: sentence.to_owned(),
        })
    })
}

/// The title at the beginning of a text, if there is one.
fn title(text: &str) -> Option<String> {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split_whitespace().take(MOST + 1) {
        let bare = word.trim_end_matches([',', '.', ';', ':', '!', '?', ')']);
        if ENDS.contains(&bare.to_lowercase().as_str()) {
            break;
        }
        words.push(bare);
        if bare.len() < word.len() {
            break;
        }
    }
    while words
        .last()
        .is_some_and(|last| matches!(*last, "of" | "the" | "der" | "des" | "de" | "du" | "-" | ""))
    {
        words.pop();
    }
    let is_role = words
        .iter()
        .any(|word| ROLES.contains(&word.to_lowercase().as_str()));
    let title = words.join(" ");
    (is_role && words.len() <= MOST && title.chars().count() <= 80).then(|| capital(&title))
}

/// A line below a name, at the end of a mail.
fn signed(text: &str) -> Option<Said> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let tail = lines.get(lines.len().saturating_sub(SIGNATURE)..)?;
    tail.windows(2).find_map(|pair| {
        let [name, line] = pair else { return None };
        if !is_name(name) || line.ends_with(['.', '!', '?', ':']) {
            return None;
        }
        // `Head of Purchasing, Example Ltd` or `Head of Purchasing | Example Ltd`.
        let own = line.split([',', '|', '·']).next()?.trim();
        if own.split_whitespace().count() > MOST {
            return None;
        }
        Some(Said {
            value: title(own)?,
            quote: format!("{name}\n{line}"),
        })
    })
}

/// Two or three words with capitals and nothing else.
fn is_name(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    (2..=4).contains(&words.len())
        && words.iter().all(|word| {
            word.starts_with(char::is_uppercase)
                && word
                    .chars()
                    .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '.'))
        })
}

fn capital(title: &str) -> String {
    let mut letters = title.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
