//! What a model says on its way to the reader: markers become citations, or go.

use crm_rag::Passage;
use crm_store::{StoreError, articles::VersionStatus};

use crate::{
    clean,
    event::{AgentEvent, Citation, RunOutcome},
    markers::Piece,
    run::Cited,
    task::Task,
};

/// Between the texts of two turns.
const BREAK: &str = "\n\n";

impl Task {
    /// Shows a piece of the model's text as far as it is certain.
    pub(crate) async fn say(&mut self, delta: &str) -> Result<(), StoreError> {
        for piece in self.markers.push(&clean::text(delta)) {
            self.show_piece(piece).await?;
        }
        Ok(())
    }

    /// Shows what was held back: the model has said everything.
    pub(crate) async fn say_rest(&mut self) -> Result<(), StoreError> {
        match self.markers.finish() {
            Some(piece) => self.show_piece(piece).await,
            None => Ok(()),
        }
    }

    /// Ends the run with what its calls have settled it with, word for word. Nothing comes back when no call did.
    pub(crate) fn settle_with_cards(&mut self) -> Option<RunOutcome> {
        if self.settled.is_empty() {
            return None;
        }
        if !self.run.text.is_empty() {
            self.run.text_before = true;
            self.run.text.clear();
        }
        let settled = std::mem::take(&mut self.settled);
        let abstained = settled.iter().all(|(_, settled)| settled.abstained);
        for (at, (call_id, settled)) in settled.into_iter().enumerate() {
            self.emit(AgentEvent::Card {
                call_id,
                card: clean::value(settled.card),
            });
            let gap = if at > 0 { "\n\n" } else { "" };
            self.show(&format!("{gap}{}", clean::text(&settled.text)));
        }
        let text = self.run.final_text().to_owned();
        self.run.said(text, Vec::new());
        self.spoke = false;
        Some(if abstained {
            RunOutcome::Abstained
        } else {
            RunOutcome::Completed
        })
    }

    async fn show_piece(&mut self, piece: Piece) -> Result<(), StoreError> {
        match piece {
            Piece::Text(text) => self.show(&text),
            Piece::Marker { before, numbers } => {
                let mut shown = before;
                let mut fresh = Vec::new();
                for number in numbers {
                    let cited = if self.cites(number) {
                        None
                    } else {
                        self.check(number).await?
                    };
                    if cited.is_some() || self.cites(number) {
                        shown.extend(["[", &number.to_string(), "]"]);
                    }
                    fresh.extend(cited);
                }
                // A marker that points at nothing goes, with the blank before it.
                if shown.ends_with(']') {
                    self.show(&shown);
                }
                for cited in fresh {
                    self.emit(AgentEvent::Citation(cited.citation.clone()));
                    self.run.citations.push(cited);
                }
            }
        }
        Ok(())
    }

    fn show(&mut self, text: &str) {
        self.spoke = true;
        if self.run.text.is_empty() && self.run.text_before {
            self.emit(AgentEvent::TextDelta {
                text: format!("{BREAK}{text}"),
            });
        } else {
            self.emit(AgentEvent::TextDelta {
                text: text.to_owned(),
            });
        }
        self.run.text.push_str(text);
    }

    fn cites(&self, marker: u32) -> bool {
        self.run
            .citations
            .iter()
            .any(|cited| cited.citation.marker == marker)
    }

    /// The citation of a marker, if the passage is still what is stored. Reads the
    /// store once a marker.
    async fn check(&mut self, marker: u32) -> Result<Option<Cited>, StoreError> {
        if self.refused.contains(&marker) {
            return Ok(None);
        }
        let cited = match self.run.refs.get(marker) {
            Some(passage) => {
                let mut tx = self.store.begin().await?;
                let bodies = tx.articles().any_bodies(&[passage.version_id]).await?;
                tx.commit().await?;
                bodies
                    .into_iter()
                    .find(|body| {
                        body.version_id == passage.version_id && body.article_id == passage.article_id
                    })
                    .filter(|body| {
                        matches!(body.status, VersionStatus::Published | VersionStatus::Superseded)
                    })
                    .and_then(|body| quote(marker, &passage, &body.body))
            }
            None => None,
        };
        if cited.is_none() {
            self.refused.push(marker);
        }
        Ok(cited)
    }
}

/// The citation of a passage, if `body` has exactly its text at its place.
fn quote(marker: u32, passage: &Passage, body: &str) -> Option<Cited> {
    let text = body.get(passage.start..passage.end)?;
    if text.is_empty() || text != passage.text {
        return None;
    }
    let start = body.get(..passage.start)?.chars().count();
    Some(Cited {
        citation: Citation {
            marker,
            article_id: passage.article_id,
            external_id: passage.external_id.clone(),
            version_id: passage.version_id,
            version: passage.version,
            title: passage.title.clone(),
            start,
            end: start + text.chars().count(),
            quote: text.to_owned(),
            score: passage.score,
        },
        start_byte: passage.start,
        end_byte: passage.end,
    })
}

#[cfg(test)]
mod tests {
    use crm_store::ids::{ArticleId, ArticleVersionId};

    use super::*;

    fn passage(body: &str, start: usize, end: usize) -> Passage {
        Passage {
            article_id: ArticleId::new(),
            external_id: None,
            version_id: ArticleVersionId::new(),
            version: 1,
            title: "Rückgabe".to_owned(),
            headings: Vec::new(),
            language: "de".to_owned(),
            start,
            end,
            text: body[start..end].to_owned(),
            score: 0.5,
            relevance: 0.5,
        }
    }

    #[test]
    fn places_are_counted_in_code_points() {
        let body = "Größe: öffnen Sie 📦 das Paket.";
        let start = body.find("📦").unwrap();
        let end = body.find(" Paket").unwrap();

        let cited = quote(1, &passage(body, start, end), body).unwrap();

        let chars: Vec<char> = body.chars().collect();
        let by_points: String = chars[cited.citation.start..cited.citation.end].iter().collect();
        assert_eq!(by_points, cited.citation.quote);
        assert_eq!(cited.citation.quote, "📦 das");
    }

    #[test]
    fn text_that_is_not_stored_is_not_quoted() {
        let body = "Thirty days.";
        let passage = passage(body, 0, 6);

        assert!(quote(1, &passage, "Twenty days.").is_none());
        assert!(quote(1, &passage, "Thi").is_none());
        assert!(quote(1, &passage, "Größe days.").is_none());
    }
}
