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
        AnswerCard {
            choices,
            ..self.card(
                CardKind::Clarification,
                language,
                Text::Choose.say(language).to_owned(),
            )
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
