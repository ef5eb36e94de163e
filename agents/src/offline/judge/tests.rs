use crm_rag::{Languages, Passage, RagError, TokenCounter};
use crm_store::ids::{ArticleId, ArticleVersionId};
use crm_tools::PassageRefs;
use futures::future::BoxFuture;

use super::*;
use crate::offline::units::units;

/// Knows words by their letters alone: two words are the same or have nothing in common.
#[derive(Debug)]
struct Letters(Languages);

/// The length of its vectors.
const DIMENSIONS: usize = 4_093;

impl Embedder for Letters {
    fn documents(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, RagError>> {
        let vectors = texts.iter().map(|text| {
            let hash = text
                .bytes()
                .fold(7_usize, |hash, byte| (hash * 31 + usize::from(byte)) % DIMENSIONS);
            let mut vector = vec![0.0; DIMENSIONS];
            vector[hash] = 1.0;
            vector
        });
        Box::pin(std::future::ready(Ok(vectors.collect())))
    }

    fn query<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<f32>, RagError>> {
        Box::pin(std::future::ready(Ok(vec![0.0; DIMENSIONS])))
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn model_hash(&self) -> &'static str {
        "letters"
    }

    fn languages(&self) -> &Languages {
        &self.0
    }

    fn max_tokens(&self) -> usize {
        256
    }

    fn counter(&self) -> TokenCounter {
        TokenCounter::by_bytes()
    }
}

/// Passages of one sentence each; the number says of which article.
fn passages(texts: &[(usize, &str)]) -> Vec<NumberedPassage> {
    let articles: Vec<_> = (0..9)
        .map(|_| (ArticleId::new(), ArticleVersionId::new()))
        .collect();
    let passages = texts.iter().map(|&(article, text)| Passage {
        article_id: articles[article].0,
        external_id: None,
        version_id: articles[article].1,
        version: 1,
        title: "Signing".to_owned(),
        headings: vec![],
        language: "en".to_owned(),
        start: 0,
        end: text.len(),
        text: text.to_owned(),
        score: 0.3,
        relevance: 0.2,
    });
    PassageRefs::default().number_all(passages.collect())
}

async fn verdict(
    question: &str,
    yes_or_no: bool,
    passages: &[NumberedPassage],
    support: &[f32],
    in_context: &[f32],
) -> Option<Verdict> {
    let units = units(passages);
    assert_eq!(units.len(), support.len());
    let asked = Asked {
        yes_or_no,
        ..Asked::default()
    };
    let evidence = Evidence {
        support: support.to_vec(),
        in_context: in_context.to_vec(),
    };
    judge(
        question,
        asked,
        passages,
        &units,
        &evidence,
        &Letters(Languages::All),
    )
    .await
}

#[tokio::test]
async fn of_two_alike_the_article_with_the_other_words_is_taken_and_its_best_sentence_quoted() {
    let found = passages(&[
        (0, "The glass takes a signature."),
        (1, "Tablets by Huawei need the pen."),
        (1, "Any pen leaves a signature."),
    ]);
    let question = "Which pen makes a signature on Huawei tablets?";

    let verdict = verdict(question, false, &found, &[0.5, 0.1, 0.5], &[0.5, 0.1, 0.5]).await;

    assert_eq!(
        verdict.map(|verdict| verdict.anchor),
        Some(2),
        "words of all that was found of an article count"
    );
}

#[tokio::test]
async fn a_sentence_counts_with_the_heading_above_it() {
    let found = passages(&[(0, "Send it again."), (1, "Send it once more.")]);

    for (in_context, best) in [([0.3, 0.6], 1), ([0.6, 0.3], 0)] {
        let verdict = verdict("Invitations", false, &found, &[0.4, 0.4], &in_context).await;

        assert_eq!(verdict.map(|verdict| verdict.anchor), Some(best));
    }
}

#[tokio::test]
async fn only_the_few_best_articles_are_looked_at_closely() {
    let found = passages(&[
        (0, "One."),
        (1, "Two."),
        (2, "Three."),
        (3, "Everything about signatures."),
    ]);
    let support = [0.50, 0.49, 0.48, 0.3];

    let verdict = verdict("signatures", false, &found, &support, &support).await;

    assert_eq!(verdict.map(|verdict| verdict.anchor), Some(0));
}

#[tokio::test]
async fn what_the_article_does_not_speak_of_and_a_question_for_yes_or_no_speak_against_an_answer() {
    let found = passages(&[(0, "The battery lasts eight hours.")]);
    for (question, yes_or_no, answers) in [
        ("When does the battery last?", false, true),
        ("When does the podcast drive?", false, false),
        ("Does the battery last?", true, false),
    ] {
        let verdict = verdict(question, yes_or_no, &found, &[0.35], &[0.4]).await;

        assert_eq!(
            verdict.map(|verdict| verdict.answers),
            Some(answers),
            "{question}"
        );
    }
    let sure = verdict("Does the battery last?", true, &found, &[0.6], &[0.7]).await;
    assert_eq!(sure.map(|verdict| verdict.answers), Some(true));
}

#[tokio::test]
async fn of_nothing_there_is_no_verdict() {
    assert_eq!(verdict("Anything?", true, &[], &[], &[]).await, None);
}
