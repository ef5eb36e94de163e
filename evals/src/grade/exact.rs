//! The answer is a given text, apart from markup, case and spaces.

use super::words;
use crate::{Expect, Observed};

pub(super) fn grade(expect: &Expect, observed: &Observed) -> Result<(), String> {
    let wanted = expect.exact.as_deref().unwrap_or_default();
    if words::plain(wanted) == words::plain(&observed.text) {
        Ok(())
    } else {
        Err(format!("answered {:?}", words::shortened(&observed.text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(wanted: &str, text: &str) -> Result<(), String> {
        let expect = Expect {
            exact: Some(wanted.to_owned()),
            ..Expect::default()
        };
        grade(
            &expect,
            &Observed {
                text: text.to_owned(),
                ..Observed::default()
            },
        )
    }

    #[test]
    fn markup_case_and_spaces_do_not_count() {
        assert_eq!(graded("30 days.", "**30  Days.** [1]"), Ok(()));
    }

    #[test]
    fn other_words_do() {
        assert_eq!(
            graded("30 days", "14 days"),
            Err("answered \"14 days\"".to_owned())
        );
        assert!(graded("30 days", "30 days from today").is_err());
    }
}
