//! An open deal beside ended ones, for a reader.

use crm_rag::Retriever;
use crm_store::{StoreError, TenantStore, scores::Score};
use uuid::Uuid;

use super::{WinCard, open_tasks::OpenTasks};
use crate::predictions::{
    book::{Book, Facts},
    change::changes,
    levers::Lever,
    next_steps::{Gap, Step, steps},
    playbook::Precedent,
    sight::Sight,
    similar::similar,
};

/// An open deal beside ended ones, for a reader.
pub(super) struct Beside<'a> {
    pub(super) store: &'a TenantStore,
    pub(super) deal: Uuid,
    pub(super) book: &'a Book,
    pub(super) facts: &'a Facts,
    pub(super) sight: &'a Sight,
}

impl Beside<'_> {
    /// The ended deals that were at the same stage.
    fn precedents(&self) -> &[Precedent] {
        let stage = self.facts.stage.as_deref();
        stage.map_or(&[], |stage| self.book.playbook.at(stage))
    }

    /// What would move the probability most; nothing while the prior speaks, or another model than the score's.
    pub(super) fn changes(&self, card: &mut WinCard, score: Option<&Score>) {
        let active = self.book.model().map(|active| active.id);
        let Some(said) = self.book.predictor(self.facts.prior) else {
            return;
        };
        if score.is_none_or(|score| score.model_id != active) {
            return;
        }
        let levers: Vec<Lever> = self.facts.levers(self.sight).map(|(lever, _)| lever).collect();
        card.changes = changes(&self.facts.row, &levers, self.precedents(), said);
        if card.changes.is_empty() {
            card.notes.push(
                "No single change that won deals of this stage show would move it by a point.".to_owned(),
            );
        }
    }

    pub(super) async fn similar(
        &self,
        card: &mut WinCard,
        retriever: Option<&dyn Retriever>,
    ) -> Result<(), StoreError> {
        let near = self.facts.stage.as_deref().map_or_else(Vec::new, |stage| {
            self.book.playbook.nearest(stage, &self.facts.row)
        });
        let (found, note) = similar(self.store, retriever, self.deal, &near).await?;
        card.similar = Some(found);
        card.notes.extend(note);
        Ok(())
    }

    /// The steps, with the tasks that were made of them.
    pub(super) async fn steps(&self) -> Result<Vec<Step>, StoreError> {
        let gaps = self.facts.levers(self.sight).map(|(lever, now)| Gap {
            lever,
            now: now.map(str::to_owned),
        });
        let gaps: Vec<Gap> = gaps.collect();
        let mut found = steps(&self.facts.row, &gaps, self.precedents());
        if found.is_empty() {
            return Ok(found);
        }
        let mut tx = self.store.begin().await?;
        let tasks = OpenTasks::of(&mut tx, self.deal).await?;
        tx.commit().await?;
        for step in &mut found {
            step.task_id = tasks.made_of(&step.key);
        }
        Ok(found)
    }
}
