//! What cards say in each language; numbers and names are put in by code at `{0}`, `{1}`...

use crate::semantic::Language;

/// A text of cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// `{0}` measure, `{1}` value.
    One,
    /// `{0}` measure, `{1}` days, `{2}` value.
    OneIn,
    /// `{0}` share, `{1}` days, `{2}` value then.
    More,
    /// `{0}` share, `{1}` days, `{2}` value then.
    Less,
    /// `{0}` days.
    Same,
    /// `{0}` value then, `{1}` days.
    Instead,
    /// `{0}` measure, `{1}` dimension.
    By,
    /// `{0}` value of all groups.
    Together,
    /// `{0}` first value, `{1}` first stretch, `{2}` last value, `{3}` last stretch.
    Trend,
    /// `{0}` value, `{1}` stretch.
    Peak,
    /// `{0}` number of records, `{1}` entity.
    Records,
    /// `{0}` step, `{1}` share.
    Drop,
    /// `{0}` reached, `{1}` size, `{2}` entity, `{3}` share, `{4}` what they became.
    Cohort,
    /// `{0}` stage, `{1}` average, `{2}` median.
    Longest,
    /// `{0}` opening, `{1}` day, `{2}` closing, `{3}` day.
    Bridge,
    /// `{0}` part, `{1}` amount.
    Part,
    /// `{0}` entity or measure.
    Empty,
    /// Nothing to divide by.
    NoWhole,
    /// `{0}` first day.
    NotBegun,
    /// `{0}` days.
    NoneInDays,
    /// `{0}` dimension, `{1}` value.
    NoneWith,
    /// Nothing fulfils the filters.
    NoneFound,
    /// Whom the asker sees decides.
    NoneSeen,
    /// No group fulfils the conditions.
    NoneHaving,
    /// `{0}` entity.
    SeesAll,
    /// `{0}` entity, `{1}` number of people.
    SeesTeam,
    /// `{0}` entity.
    SeesOwn,
    /// `{0}` entity.
    SeesRelated,
    /// `{0}` entity, `{1}` whose as well.
    SeesRuns,
    /// After what the asker started.
    RunsOfTeam,
    /// After what the asker started.
    RunsOfVisitors,
    /// After what the asker started.
    RunsOnArticles,
    /// `{0}` currencies, `{1}` day.
    Converted,
    /// Everything was read.
    Scanned,
    /// `{0}` day.
    AsOf,
    /// What is beyond the limit.
    Other,
    /// No value.
    NoValue,
    /// Yes.
    Yes,
    /// No.
    No,
    /// The asker.
    Me,
    /// `{0}` measure: its earlier value.
    Earlier,
    /// `{0}` measure: its share of the whole.
    Share,
    /// `{0}` pointer into the tenant's vocabulary, `{1}` what is wrong there.
    LeftOut,
    /// That a list lacks columns.
    Unshown,
    /// Those below the asker.
    MyTeam,
    /// `{0}` the asker's words, `{1}` what they were read as.
    ReadAs,
}

/// The text in a language.
pub(super) const fn text(language: Language, text: Text) -> &'static str {
    let [en, de, es, fr] = all(text);
    match language {
        Language::En => en,
        Language::De => de,
        Language::Es => es,
        Language::Fr => fr,
    }
}

/// The text in a language with what belongs at its places.
pub(super) fn say(language: Language, of: Text, values: &[&str]) -> String {
    fill(text(language, of), values)
}

/// A template with what belongs at its places.
pub(super) fn fill(template: &str, values: &[&str]) -> String {
    let mut said = String::new();
    let mut rest = template;
    // Values are put in once each and never read as templates themselves.
    while let Some((before, after)) = rest.split_once('{') {
        said.push_str(before);
        let Some((place, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        let value = place.parse::<usize>().ok().and_then(|place| values.get(place));
        said.push_str(value.copied().unwrap_or_default());
        rest = after;
    }
    said.push_str(rest);
    said
}

#[expect(clippy::too_many_lines, reason = "a list of texts")]
const fn all(text: Text) -> [&'static str; 4] {
    match text {
        Text::One => ["{0}: {1}.", "{0}: {1}.", "{0}: {1}.", "{0} : {1}."],
        Text::OneIn => [
            "{0}, {1}: {2}.",
            "{0}, {1}: {2}.",
            "{0}, {1}: {2}.",
            "{0}, {1} : {2}.",
        ],
        Text::More => [
            "That is {0} more than in {1} ({2}).",
            "Das sind {0} mehr als im Zeitraum {1} ({2}).",
            "Es un {0} más que en {1} ({2}).",
            "C'est {0} de plus que sur {1} ({2}).",
        ],
        Text::Less => [
            "That is {0} less than in {1} ({2}).",
            "Das sind {0} weniger als im Zeitraum {1} ({2}).",
            "Es un {0} menos que en {1} ({2}).",
            "C'est {0} de moins que sur {1} ({2}).",
        ],
        Text::Same => [
            "That is the same as in {0}.",
            "Das ist so viel wie im Zeitraum {0}.",
            "Es lo mismo que en {0}.",
            "C'est autant que sur {0}.",
        ],
        Text::Instead => [
            "In {1} it was {0}.",
            "Im Zeitraum {1} waren es {0}.",
            "En {1} fue {0}.",
            "Sur {1}, c'était {0}.",
        ],
        Text::By => ["{0} by {1}", "{0} nach {1}", "{0} por {1}", "{0} par {1}"],
        Text::Together => [
            "Together: {0}.",
            "Zusammen: {0}.",
            "En total: {0}.",
            "Au total : {0}.",
        ],
        Text::Trend => [
            "from {0} in {1} to {2} in {3}.",
            "von {0} ({1}) zu {2} ({3}).",
            "de {0} ({1}) a {2} ({3}).",
            "de {0} ({1}) à {2} ({3}).",
        ],
        Text::Peak => [
            "The most was {0} in {1}.",
            "Am meisten waren es {0} ({1}).",
            "El máximo fue {0} ({1}).",
            "Le maximum était {0} ({1}).",
        ],
        Text::Records => ["{0}: {1} found.", "{0}: {1} gefunden.", "{0}: {1}.", "{0} : {1}."],
        Text::Drop => [
            "Most are lost before {0}: {1} go on to it.",
            "Die meisten gehen vor {0} verloren: {1} kommen dorthin weiter.",
            "La mayor pérdida es antes de {0}: sigue el {1}.",
            "La plus forte perte a lieu avant {0} : {1} y passent.",
        ],
        Text::Cohort => [
            "{0} of {1} {2} ({3}) were {4} so far.",
            "{0} von {1} {2} ({3}) wurden bisher {4}.",
            "{0} de {1} {2} ({3}) fueron {4} hasta ahora.",
            "{0} sur {1} {2} ({3}) ont été {4} à ce jour.",
        ],
        Text::Longest => [
            "They stay longest in {0}: {1} on average, {2} in the median.",
            "Am längsten bleiben sie in {0}: {1} im Mittel, {2} im Median.",
            "Donde más tiempo pasan es en {0}: {1} de media, {2} de mediana.",
            "C'est à l'étape {0} qu'elles restent le plus : {1} en moyenne, {2} en médiane.",
        ],
        Text::Bridge => [
            "The open pipeline went from {0} on {1} to {2} on {3}.",
            "Die offene Pipeline ging von {0} am {1} auf {2} am {3}.",
            "El pipeline abierto pasó de {0} el {1} a {2} el {3}.",
            "Le pipeline ouvert est passé de {0} le {1} à {2} le {3}.",
        ],
        Text::Part => ["{0}: {1}", "{0}: {1}", "{0}: {1}", "{0} : {1}"],
        Text::Empty => [
            "There is nothing to show for: {0}.",
            "Es gibt nichts zu zeigen für: {0}.",
            "No hay nada que mostrar para: {0}.",
            "Il n'y a rien à montrer pour : {0}.",
        ],
        Text::NoWhole => [
            "It is a share, and there are no records to divide by.",
            "Es ist ein Anteil, und es gibt keine Datensätze, durch die zu teilen wäre.",
            "Es una proporción y no hay registros entre los que dividir.",
            "C'est une part, et il n'y a aucun enregistrement par lequel diviser.",
        ],
        Text::NotBegun => [
            "These days have not begun; they begin on {0}.",
            "Diese Tage haben noch nicht begonnen; sie beginnen am {0}.",
            "Esos días aún no han empezado; empiezan el {0}.",
            "Ces jours n'ont pas commencé ; ils commencent le {0}.",
        ],
        Text::NoneInDays => [
            "No record that you can see lies in {0}.",
            "Kein Datensatz, den Sie sehen können, liegt im Zeitraum {0}.",
            "Ningún registro que pueda ver cae en {0}.",
            "Aucun enregistrement que vous pouvez voir ne tombe sur {0}.",
        ],
        Text::NoneWith => [
            "No record that you can see has {0} \"{1}\".",
            "Kein Datensatz, den Sie sehen können, hat {0} „{1}“.",
            "Ningún registro que pueda ver tiene {0} «{1}».",
            "Aucun enregistrement que vous pouvez voir n'a {0} « {1} ».",
        ],
        Text::NoneFound => [
            "No record that you can see fulfils what was asked.",
            "Kein Datensatz, den Sie sehen können, erfüllt die Bedingungen.",
            "Ningún registro que pueda ver cumple lo pedido.",
            "Aucun enregistrement que vous pouvez voir ne remplit les conditions.",
        ],
        Text::NoneSeen => [
            "There may be records that you may not see.",
            "Es kann Datensätze geben, die Sie nicht sehen dürfen.",
            "Puede haber registros que usted no puede ver.",
            "Il peut y avoir des enregistrements que vous ne pouvez pas voir.",
        ],
        Text::NoneHaving => [
            "No group fulfils the conditions on its numbers.",
            "Keine Gruppe erfüllt die Bedingungen an ihre Zahlen.",
            "Ningún grupo cumple las condiciones sobre sus números.",
            "Aucun groupe ne remplit les conditions sur ses nombres.",
        ],
        Text::SeesAll => [
            "You see all {0}.",
            "Sie sehen alle {0}.",
            "Usted ve: {0}, sin excepción.",
            "Vous voyez : {0}, sans exception.",
        ],
        Text::SeesTeam => [
            "You see the {0} of {1} people (you and your team), those of nobody, and what is shared with you.",
            "Sie sehen die {0} von {1} Personen (Ihre und die Ihres Teams), die von niemandem und was mit Ihnen geteilt ist.",
            "Usted ve: {0} de {1} personas (usted y su equipo), sin propietario y lo compartido con usted.",
            "Vous voyez : {0} de {1} personnes (vous et votre équipe), sans propriétaire et ce qui est partagé avec vous.",
        ],
        Text::SeesOwn => [
            "You see your own {0}, those of nobody, and what is shared with you.",
            "Sie sehen Ihre eigenen {0}, die von niemandem und was mit Ihnen geteilt ist.",
            "Usted ve: {0} propias, sin propietario y lo compartido con usted.",
            "Vous voyez : {0} à vous, sans propriétaire et ce qui est partagé avec vous.",
        ],
        Text::SeesRelated => [
            "You see {0} that are yours or belong to records that you can see.",
            "Sie sehen {0}, die Ihnen gehören oder zu Datensätzen, die Sie sehen können.",
            "Usted ve: {0} propias o de registros que puede ver.",
            "Vous voyez : {0} à vous ou des enregistrements que vous pouvez voir.",
        ],
        Text::SeesRuns => [
            "You see {0} that you started{1}.",
            "Sie sehen {0}, die Sie gestartet haben{1}.",
            "Usted ve: {0} que usted inició{1}.",
            "Vous voyez : {0} que vous avez lancées{1}.",
        ],
        Text::RunsOfTeam => [
            ", those of your team",
            ", die Ihres Teams",
            ", las de su equipo",
            ", celles de votre équipe",
        ],
        Text::RunsOfVisitors => [
            ", those of visitors",
            ", die von Besuchern",
            ", las de visitantes",
            ", celles de visiteurs",
        ],
        Text::RunsOnArticles => [
            ", those that answer from articles",
            ", die aus Artikeln antworten",
            ", las que responden con artículos",
            ", celles qui répondent avec des articles",
        ],
        Text::Converted => [
            "Amounts in {0} were converted with the rates of {1}.",
            "Beträge in {0} wurden mit den Kursen vom {1} umgerechnet.",
            "Los importes en {0} se convirtieron con los tipos del {1}.",
            "Les montants en {0} ont été convertis aux taux du {1}.",
        ],
        Text::Scanned => [
            "All records had to be read for this.",
            "Dafür mussten alle Datensätze gelesen werden.",
            "Para esto hubo que leer todos los registros.",
            "Il a fallu lire tous les enregistrements.",
        ],
        Text::AsOf => [
            "As it was at the end of {0}",
            "Stand am Ende des {0}",
            "Situación al final del {0}",
            "Situation à la fin du {0}",
        ],
        Text::Other => ["Other", "Übrige", "Otros", "Autres"],
        Text::NoValue => ["(none)", "(ohne)", "(sin valor)", "(aucun)"],
        Text::Yes => ["yes", "ja", "sí", "oui"],
        Text::No => ["no", "nein", "no", "non"],
        Text::Me => ["you", "Sie", "usted", "vous"],
        Text::Earlier => ["{0}, before", "{0}, zuvor", "{0}, antes", "{0}, avant"],
        Text::Share => ["{0}, share", "{0}, Anteil", "{0}, parte", "{0}, part"],
        Text::LeftOut => [
            "An entry of your organisation's vocabulary is not used: {0}: {1}.",
            "Ein Eintrag im Wortschatz Ihrer Organisation wird nicht verwendet: {0}: {1}.",
            "Una entrada del vocabulario de su organización no se usa: {0}: {1}.",
            "Une entrée du vocabulaire de votre organisation n'est pas utilisée : {0} : {1}.",
        ],
        Text::Unshown => [
            "Columns that your role does not show are left out.",
            "Spalten, die Ihre Rolle nicht zeigt, sind weggelassen.",
            "Se omiten las columnas que su rol no muestra.",
            "Les colonnes que votre rôle ne montre pas sont omises.",
        ],
        Text::MyTeam => ["my team", "mein Team", "mi equipo", "mon équipe"],
        Text::ReadAs => [
            "“{0}” was read as {1}.",
            "„{0}“ wurde gelesen als {1}.",
            "«{0}» se leyó como {1}.",
            "« {0} » a été lu comme {1}.",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_no_template() {
        assert_eq!(say(Language::En, Text::One, &["{1}", "7"]), "{1}: 7.");
        assert_eq!(say(Language::Fr, Text::Other, &[]), "Autres");
    }
}
