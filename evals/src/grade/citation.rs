//! The right article in the right version is among the first that are cited.

use crate::{Expect, Observed};

/// How many articles an answer may lead with; else citing everything would pass.
const LEADING: usize = 3;

pub(super) fn grade(expect: &Expect, observed: &Observed) -> Result<(), String> {
    let wanted = expect.sources();
    let mut leading: Vec<(&str, usize)> = Vec::new();
    for cited in &observed.citations {
        let source = (cited.article.as_str(), cited.version);
        if leading.len() < LEADING && !leading.contains(&source) {
            leading.push(source);
        }
    }
    let right = |(article, version): &(&str, usize)| {
        wanted
            .iter()
            .any(|wanted| wanted.article == *article && wanted.version == *version)
    };
    if leading.iter().any(right) {
        return Ok(());
    }
    if observed.abstained {
        return Err("abstained".to_owned());
    }
    if leading.is_empty() {
        return Err("cited nothing".to_owned());
    }
    let names: Vec<_> = leading
        .iter()
        .map(|(article, version)| format!("{article} v{version}"))
        .collect();
    Err(format!("cited {}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Cited, Source};

    fn graded(citations: &[(&str, usize)], abstained: bool) -> Result<(), String> {
        let expect = Expect {
            article: Some("refunds".to_owned()),
            version: Some(3),
            or: vec![Source {
                article: "reembolsos".to_owned(),
                version: 1,
            }],
            ..Expect::default()
        };
        let cited = |&(article, version): &(&str, usize)| Cited {
            article: article.to_owned(),
            version,
            quote: String::new(),
        };
        let citations = citations.iter().map(cited).collect();
        grade(
            &expect,
            &Observed {
                citations,
                abstained,
                ..Observed::default()
            },
        )
    }

    #[test]
    fn the_article_or_an_equal_one_in_this_version_passes() {
        assert_eq!(graded(&[("refunds", 3)], false), Ok(()));
        assert_eq!(graded(&[("prices", 1), ("reembolsos", 1)], false), Ok(()));
    }

    #[test]
    fn an_old_version_or_another_article_does_not() {
        assert_eq!(
            graded(&[("refunds", 2)], false),
            Err("cited refunds v2".to_owned())
        );
        assert_eq!(graded(&[("prices", 3)], false), Err("cited prices v3".to_owned()));
        assert_eq!(graded(&[], false), Err("cited nothing".to_owned()));
        assert_eq!(graded(&[], true), Err("abstained".to_owned()));
    }

    #[test]
    fn citing_everything_does_not_help() {
        let many = [("a", 1), ("a", 1), ("b", 1), ("c", 1), ("refunds", 3)];

        assert_eq!(graded(&many, false), Err("cited a v1, b v1, c v1".to_owned()));
    }
}
