//! An agent that has nothing to answer from says so, and cites nothing.

use super::words;
use crate::Observed;

pub(super) fn grade(observed: &Observed) -> Result<(), String> {
    if !observed.abstained {
        return Err(format!("answered {:?}", words::shortened(&observed.text)));
    }
    match observed.citations.first() {
        None => Ok(()),
        Some(cited) => Err(format!(
            "abstained and cited {} v{}",
            cited.article, cited.version
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cited;

    #[test]
    fn only_an_abstention_without_citations_passes() {
        let cited = Cited {
            article: "refunds".to_owned(),
            version: 1,
            quote: String::new(),
        };
        let honest = Observed {
            abstained: true,
            ..Observed::default()
        };
        let guess = Observed {
            text: "Surely 5 days.".to_owned(),
            ..Observed::default()
        };
        let torn = Observed {
            citations: vec![cited],
            ..honest.clone()
        };

        assert_eq!(grade(&honest), Ok(()));
        assert_eq!(grade(&guess), Err("answered \"Surely 5 days.\"".to_owned()));
        assert_eq!(grade(&torn), Err("abstained and cited refunds v1".to_owned()));
    }
}
