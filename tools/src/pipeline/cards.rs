//! Cards without numbers: a choice to make, or why there is no answer.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use crm_store::FieldError;

use crate::{
    card::{AnswerCard, CardKind, Choice, left_out},
    semantic::{Ground, Language},
};

/// What every card of one question says.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    question: Option<String>,
    now: DateTime<Utc>,
    timezone: Tz,
    left_out: Vec<FieldError>,
}

/// What a card without numbers says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// The question has several readings.
    Choose,
    /// The role of the asker does not allow it.
    NotAllowed,
    /// The question is about something that is not in the layer.
    Outside,
    /// A name is nearly that of one person.
    Nearly,
    /// The question reads more than can be read in its time.
    TooMuch,
    /// The asker has no team.
    NoTeam,
    /// The parts of the question make no sense together.
    Senseless,
}

impl Text {
    /// The text in a language.
    pub(super) const fn say(self, language: Language) -> &'static str {
        let [en, de, es, fr] = match self {
            Self::Choose => [
                "This can be meant in more than one way. Which one?",
                "Das kann mehreres heißen. Was ist gemeint?",
                "Esto puede entenderse de varias maneras. ¿Cuál?",
                "Cela peut se comprendre de plusieurs façons. Laquelle ?",
            ],
            Self::NotAllowed => [
                "Your role does not include what this asks for.",
                "Ihre Rolle umfasst nicht, wonach hier gefragt wird.",
                "Su rol no incluye lo que se pregunta.",
                "Votre rôle ne comprend pas ce qui est demandé.",
            ],
            Self::Outside => [
                "That is nothing I have numbers on.",
                "Dazu habe ich keine Zahlen.",
                "No tengo cifras sobre eso.",
                "Je n'ai pas de chiffres à ce sujet.",
            ],
            Self::Nearly => [
                "Nobody is called just so. Is this meant?",
                "So heißt niemand genau. Ist das gemeint?",
                "Nadie se llama exactamente así. ¿Se refiere a esto?",
                "Personne ne s'appelle exactement ainsi. Est-ce cela ?",
            ],
            Self::TooMuch => [
                "This reads more than can be read in its time. Ask for fewer days, for one owner or one stage, or by less.",
                "Dafür ist mehr zu lesen, als in der Zeit gelesen werden kann. Bitte nach weniger Tagen fragen, nach einem \
                 Inhaber oder einer Phase, oder weniger aufteilen.",
                "Esto lee más de lo que se puede leer a tiempo. Pregunte por menos días, por un propietario o una etapa, o \
                 agrupe por menos.",
                "Il y a plus à lire que ce qui peut l'être à temps. Demandez moins de jours, un propriétaire ou une étape, \
                 ou groupez par moins.",
            ],
            Self::NoTeam => [
                "Nobody's role is below yours, so there is no team of yours.",
                "Keine Rolle liegt unter Ihrer; ein Team von Ihnen gibt es also nicht.",
                "No hay ningún rol por debajo del suyo, así que no tiene equipo.",
                "Aucun rôle n'est au-dessous du vôtre : vous n'avez donc pas d'équipe.",
            ],
            Self::Senseless => [
                "The parts of this question do not go together. Ask for one of them alone, or by something else.",
                "Die Teile dieser Frage passen nicht zusammen. Bitte nach einem davon allein fragen oder anders aufteilen.",
                "Las partes de esta pregunta no encajan. Pregunte por una sola o agrupe por otra cosa.",
                "Les parties de cette question ne vont pas ensemble. Demandez-en une seule, ou par autre chose.",
            ],
        };
        match language {
            Language::En => en,
            Language::De => de,
            Language::Es => es,
            Language::Fr => fr,
        }
    }
}

impl Frame {
    /// The frame of a question.
    pub(super) fn of(ground: &Ground, question: Option<&str>) -> Self {
        Self {
            question: question.map(str::to_owned),
            now: ground.now,
            timezone: ground.reporting.timezone,
            left_out: ground.model.left_out.clone(),
        }
    }

    /// The card of a question that can be read in more than one way.
    pub(super) fn choices(&self, language: Language, choices: Vec<Choice>) -> AnswerCard {
        let asked = if choices.len() == 1 {
            Text::Nearly
        } else {
            Text::Choose
        };
        AnswerCard {
            choices,
            ..self.card(CardKind::Clarification, language, asked.say(language).to_owned())
        }
    }

    /// The card of a question that is not answered.
    pub(super) fn declined(
        &self,
        language: Language,
        sentence: String,
        suggestions: Vec<String>,
    ) -> AnswerCard {
        AnswerCard {
            suggestions,
            ..self.card(CardKind::Declined, language, sentence)
        }
    }

    fn card(&self, kind: CardKind, language: Language, sentence: String) -> AnswerCard {
        AnswerCard {
            kind,
            question: self.question.clone(),
            language: language.code().to_owned(),
            sentence,
            query: None,
            table: None,
            chart: None,
            definitions: Vec::new(),
            filters: Vec::new(),
            rights: None,
            currency: None,
            as_of: self.now,
            timezone: self.timezone.name().to_owned(),
            notes: left_out(&self.left_out, language),
            drill_down: None,
            next_cursor: None,
            choices: Vec::new(),
            suggestions: Vec::new(),
            replay: None,
        }
    }
}
