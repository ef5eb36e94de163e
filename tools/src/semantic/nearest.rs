//! What somebody may have meant.

/// How like a name must be to be offered, 0 to 1.
const FAR: f64 = 0.72;

/// `; did you mean stage?`, or nothing when no name is near.
pub(super) fn nearest<'a>(names: impl Iterator<Item = &'a str>, said: &str) -> String {
    let said: String = said.chars().take(80).flat_map(char::to_lowercase).collect();
    names
        .map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &said), name))
        .filter(|(likeness, _)| *likeness >= FAR)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map_or_else(String::new, |(_, name)| format!("; did you mean {name}?"))
}

/// A list of names for a message: the first ones, and how many more there are.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.get(..40) {
        Some(first) if names.len() > 40 => format!("{} and {} more", first.join(", "), names.len() - 40),
        _ => names.join(", "),
    }
}
