//! The people and records that a name may mean.

use sea_query::{Alias, Expr, Order, Query, SelectStatement};
use uuid::Uuid;

use super::{
    super::{Statement, read::uuids},
    custom, names,
    scope::said,
};
use crate::{
    StoreError,
    access::{Access, FieldRule, Verb},
    analytics::Path,
    catalog::{self, Field, Kind, Object},
};

/// Letters with signs and what they are compared as, place by place. `ß` is two letters and has no place here.
const WITH_SIGNS: &str = "ÀÁÂÃÄÅàáâãäåÇçČčÈÉÊËèéêëĘęÌÍÎÏìíîïÑñŃńÒÓÔÕÖØòóôõöøŘřŠšŚśÙÚÛÜùúûüŮůÝŸýÿŽžŻżŁł";
const WITHOUT: &str = "aaaaaaaaaaaacccceeeeeeeeeeiiiiiiiinnnnoooooooooooorrssssuuuuuuuuuuyyyyzzzzll";

/// The longest word of a name that is compared by its beginning.
const BEGINNING: usize = 2;

/// Whom a question looks for.
pub(crate) enum Sought<'a> {
    /// Who may be called so: as it was said, and its words in small letters without signs.
    Name {
        /// As it was said.
        said: &'a str,
        /// Its words.
        words: &'a [&'a str],
    },
    /// Those with these ids.
    Ids(&'a [Uuid]),
}

/// A question for the people or records that a field names.
pub(crate) struct CalledPlan<'a> {
    pub(crate) access: &'a Access,
    pub(crate) path: &'a Path,
    pub(crate) sought: Sought<'a>,
    pub(crate) limit: u64,
}

impl CalledPlan<'_> {
    /// The statement: id, name, and what tells it apart from others of its name. Who is called just so comes first, then
    /// those that have its words, then those with words that begin alike.
    pub(crate) fn compile(&self) -> Result<Statement, StoreError> {
        // Whoever may not see the field hears nothing of whom it can name.
        let (object, field) = (self.path.object, self.path.field.name);
        let is_shown = matches!(object.kind, Kind::Special) || self.access.can(object, Verb::Read);
        if !is_shown || self.hides(object, field) {
            return Err(StoreError::refused(format!(
                "your role does not show {}",
                said(self.path)
            )));
        }
        let target = names::target(self.path.object, self.path.field);
        let named = target.and_then(|target| Some((target, names::title(target, self.access)?)));
        let Some((target, title)) = named else {
            return Err(StoreError::invalid(
                said(self.path),
                "names no records with names",
            ));
        };
        let is_person = target.name == catalog::USER.name;
        let mut each = self.each(target, title, is_person);
        let mut select = Query::select();
        for column in ["id", "name", "apart"] {
            select.column(Alias::new(column));
        }
        match &self.sought {
            Sought::Ids(ids) => {
                each.and_where(Expr::cust_with_values("\"x\".\"id\" = ANY($1)", [uuids(ids)]));
                select.from_subquery(each, "e");
            }
            Sought::Name { said, words } => {
                select.from_subquery(each, "e");
                called(&mut select, said, words, is_person);
            }
        }
        select
            .and_where(Expr::cust("name IS NOT NULL"))
            .order_by_expr(Expr::cust("name COLLATE \"C\""), Order::Asc)
            .order_by_expr(Expr::cust("id"), Order::Asc)
            .limit(self.limit);
        Ok(Statement::select(&select))
    }

    fn hides(&self, object: &Object, field: &str) -> bool {
        let rule = self.access.field_rule(object, field);
        matches!(rule, Some(FieldRule::Hidden | FieldRule::Masked))
    }

    fn each(&self, target: &'static Object, title: &Field, is_person: bool) -> SelectStatement {
        let column = |field: &Field| Expr::col(("x", field.column));
        let shown = |name: &str| target.field(name).filter(|_| !self.hides(target, name));
        let apart = if is_person {
            shown("email").map(|field| custom("($1)::text", [column(field)]))
        } else {
            shown("created_at").map(|field| custom("to_char($1, 'YYYY-MM-DD')", [column(field)]))
        };
        let mut each = Query::select();
        each.expr_as(Expr::cust("\"x\".\"id\""), "id")
            .expr_as(
                if is_person {
                    custom("COALESCE($1, \"x\".email)", [column(title)])
                } else {
                    custom("($1)::text", [column(title)])
                },
                "name",
            )
            .expr_as(apart.unwrap_or_else(|| Expr::cust("NULL::text")), "apart")
            .from_as(target.table, "x");
        if target.field("deleted_at").is_some() {
            each.and_where(Expr::cust("\"x\".deleted_at IS NULL"));
        }
        each
    }
}

/// Keeps who may be called so. People are few: those with a word that begins alike are candidates for a slip of the pen.
/// Records are many: they must have all words in their names, and are put in order only then.
fn called(select: &mut SelectStatement, said: &str, words: &[&str], is_person: bool) {
    let folded = || {
        Expr::cust(format!(
            "replace(translate(lower(name), '{WITH_SIGNS}', '{WITHOUT}'), 'ß', 'ss')"
        ))
    };
    let in_words = || {
        custom(
            "' ' || regexp_replace($1, '[^[:alnum:]]+', ' ', 'g') || ' '",
            [folded()],
        )
    };
    let just_so = Expr::cust_with_values("lower(name) = lower($1)", [said]);
    let mut may = just_so.clone();
    let mut whole = Expr::cust("true");
    if is_person {
        for word in words {
            let beginning: String = word.chars().take(BEGINNING).collect();
            let begins = custom(
                "position($1 IN $2) > 0",
                [Expr::val(format!(" {beginning}")), in_words()],
            );
            may = custom("($1) OR ($2)", [may, begins]);
        }
    } else if !words.is_empty() {
        let mut all = Expr::cust("true");
        for word in words {
            let has = custom("position($1 IN $2) > 0", [Expr::val(*word), folded()]);
            all = custom("($1) AND ($2)", [all, has]);
        }
        may = custom("($1) OR ($2)", [may, all]);
    }
    for word in words {
        let has = custom(
            "position($1 IN $2) > 0",
            [Expr::val(format!(" {word} ")), in_words()],
        );
        whole = custom("($1) AND ($2)", [whole, has]);
    }
    select.and_where(may).order_by_expr(just_so, Order::Desc);
    if !words.is_empty() {
        let phrase = Expr::val(format!(" {} ", words.join(" ")));
        select
            .order_by_expr(custom("$1 = $2", [in_words(), phrase]), Order::Desc)
            .order_by_expr(whole, Order::Desc);
    }
    if is_person {
        for word in words {
            let has = custom(
                "position($1 IN $2) > 0",
                [Expr::val(format!(" {word}")), in_words()],
            );
            select.order_by_expr(has, Order::Desc);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_letter_with_a_sign_has_its_letter() {
        assert_eq!(WITH_SIGNS.chars().count(), WITHOUT.chars().count());
        let pair = |sign: char| {
            let at = WITH_SIGNS.chars().position(|other| other == sign).unwrap();
            WITHOUT.chars().nth(at).unwrap()
        };
        let said: String = "éÜñÇŁøŚž".chars().map(pair).collect();
        assert_eq!(said, "eunclosz");
    }
}
