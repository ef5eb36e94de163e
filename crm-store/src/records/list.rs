//! Lists of records.

use super::{
    Record, Records, Select,
    read::{Wanted, fetch},
    record::is_closed,
    tenant::facts,
};
use crate::{
    StoreError,
    access::{Access, Verb, sharing},
    catalog::{Field, FieldType, Object, SeenBy},
    query::{self, Checked, Condition, First, ListPlan, Seen, Shared, Sort, Subject, Words},
};

/// The most records that one page holds.
pub const MAX_LIMIT: i64 = 200;
const DEFAULT_LIMIT: i64 = 50;
/// The most bytes of `q`.
const MAX_Q: usize = 500;

/// Which records to list, and how.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListQuery {
    /// All of these hold.
    pub filters: Vec<Condition>,
    /// A field, descending with a minus sign before it; latest first, when `None`.
    pub sort: Option<String>,
    /// Words that a searched field has, each the beginning of one at least.
    pub q: Option<String>,
    /// 1 to 200 records; 50, when `None`.
    pub limit: Option<i64>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// What to read of each.
    pub select: Select,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordPage {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page starts; the list ends here when there is none.
    pub next_cursor: Option<String>,
}

/// A list that the actor may ask for.
struct Asked {
    wanted: Wanted,
    limit: usize,
    fingerprint: String,
    plan: ListPlan,
}

impl Records<'_> {
    /// A page of the records that the actor may see.
    pub async fn list(&mut self, list: &ListQuery) -> Result<RecordPage, StoreError> {
        let asked = self.ask(list).await?;
        let first = self.first(&asked.plan).await?;
        let statement = asked.plan.statement(first.as_ref())?;
        let mut records = fetch(self.tx, &asked.plan.columns, statement).await?;
        let more = records.len() > asked.limit;
        records.truncate(asked.limit);
        let cursor = |last: &Record| {
            let position = query::position(last, asked.plan.sort);
            query::encode_cursor(&asked.fingerprint, asked.plan.sort.field, &position)
        };
        let next_cursor = records.last().filter(|_| more).map(cursor);
        let access = self.tx.access().await?;
        asked.wanted.complete(self.tx, &mut records, &access).await?;
        Ok(RecordPage { records, next_cursor })
    }

    /// How Postgres reads such a page, and how long that takes; for measuring.
    pub async fn explain(&mut self, list: &ListQuery) -> Result<String, StoreError> {
        let plan = self.ask(list).await?.plan;
        let mut told = Vec::new();
        if let Some((_, statement)) = plan.first()? {
            told.push(statement.explained(self.tx.conn()).await?);
        }
        let first = self.first(&plan).await?;
        told.push(plan.statement(first.as_ref())?.explained(self.tx.conn()).await?);
        Ok(told.join("\n\n"))
    }

    /// The first page of what the actor sees without any sharing rule, for a list that shows more.
    async fn first(&mut self, plan: &ListPlan) -> Result<Option<First>, StoreError> {
        let Some((columns, statement)) = plan.first()? else {
            return Ok(None);
        };
        let records = fetch(self.tx, &columns, statement).await?;
        Ok(Some(plan.found(&records)))
    }

    async fn ask(&mut self, list: &ListQuery) -> Result<Asked, StoreError> {
        let access = self.tx.access().await?;
        access.require(self.object, Verb::Read)?;
        let subject = Subject {
            object: self.object,
            access: Some(&access),
        };
        let mut wanted = Wanted::check(self.object, &list.select, &access)?;
        let sort = sort(subject, list.sort.as_deref())?;
        wanted.columns.need(sort.field.name);
        let limit = list.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(StoreError::invalid("limit", format!("must be 1 to {MAX_LIMIT}")));
        }
        let checked = list
            .filters
            .iter()
            .map(|condition| subject.check(condition))
            .collect::<Result<Vec<_>, _>>()?;
        let said = list.sort.as_deref().unwrap_or_default();
        let (q, deleted) = (list.q.as_deref(), list.select.deleted);
        let fingerprint = query::fingerprint(self.object, &list.filters, said, q, deleted);
        let after = list
            .cursor
            .as_deref()
            .map(|cursor| query::decode_cursor(&fingerprint, sort.field, cursor))
            .transpose()?;
        let money = |checked: &Checked| matches!(checked.field.kind, FieldType::Money(_));
        let seen = self.seen(&access).await?;
        let by_rule = matches!(&seen, Seen::Owned { shared: Shared::Rules(rules), .. } if rules.iter().flatten().any(money));
        let currency = if by_rule || checked.iter().any(money) {
            facts(self.tx).await?.currency
        } else {
            String::new()
        };
        let words = self.words(list, &checked, &access).await?;
        let plan = ListPlan {
            columns: wanted.columns.clone(),
            tenant: self.tx.grant().tenant().uuid(),
            filters: checked,
            words,
            currency,
            sort,
            after,
            // One more tells whether there is a next page.
            limit: u64::try_from(limit + 1).unwrap_or(1),
            deleted,
            seen,
        };
        Ok(Asked {
            wanted,
            limit: usize::try_from(limit).unwrap_or(1),
            fingerprint,
            plan,
        })
    }
}

impl Records<'_> {
    /// The words that a list is narrowed by: of `q`, and of each `contains`.
    async fn words(
        &mut self,
        list: &ListQuery,
        checked: &[Checked],
        access: &Access,
    ) -> Result<Vec<Words>, StoreError> {
        let (object, deleted) = (self.object, list.select.deleted);
        let mut words = Vec::new();
        if let Some(q) = list.q.as_deref().filter(|q| !q.trim().is_empty()) {
            if !query::is_searched(object) {
                let what = object.plural.replace('_', " ");
                return Err(StoreError::invalid(
                    "q",
                    format!("{what} are not searched by words"),
                ));
            }
            if q.contains('\0') || q.len() > MAX_Q {
                return Err(StoreError::invalid(
                    "q",
                    format!("must be at most {MAX_Q} bytes of text"),
                ));
            }
            let fields = open_fields(object, access);
            words.push(Words::look_up(self.tx.conn(), object, q, fields, deleted).await?);
        }
        for filter in checked {
            if let Some(said) = filter.words() {
                let fields = Some(named_by(object, filter.field));
                words.push(Words::look_up(self.tx.conn(), object, said, fields, deleted).await?);
            }
        }
        Ok(words)
    }
}

/// The fields that a word of a field stands in: the name of a person is made of two, and of an address for want of them,
/// which must not be guessed through the name.
fn named_by(object: &'static Object, field: &'static Field) -> Vec<&'static Field> {
    let parts = || {
        object
            .fields
            .iter()
            .filter(|part| ["first_name", "last_name"].contains(&part.name))
    };
    if field.name == "name" && parts().next().is_some() {
        parts().collect()
    } else {
        vec![field]
    }
}

/// The searched fields that the actor may see, when that is not all of them: a masked address must not be guessed by
/// searching for it.
fn open_fields(object: &'static Object, access: &Access) -> Option<Vec<&'static Field>> {
    let closed = |field: &&Field| is_closed(access, object, field.name);
    let person = object.field("last_name").is_some();
    let searched = || {
        let fields = object.fields.iter();
        fields.filter(move |field| field.searchable && !(person && field.name == "name"))
    };
    searched()
        .any(|field| closed(&field))
        .then(|| searched().filter(|field| !closed(field)).collect())
}

/// What a list is sorted by: what was said, else the time of creation, else the id, latest first.
fn sort(subject: Subject<'_>, said: Option<&str>) -> Result<Sort, StoreError> {
    let Some(said) = said.filter(|said| !said.is_empty()) else {
        let usual = |name: &str| {
            let field: Option<&'static Field> = subject.object.field(name);
            field.filter(|field| field.indexed && subject.visible("sort", field.name).is_ok())
        };
        let field = usual("created_at")
            .or_else(|| usual("id"))
            .ok_or_else(|| StoreError::Corrupt {
                what: format!("the catalogue: {} has no id", subject.object.name),
            })?;
        return Ok(Sort {
            field,
            descending: true,
        });
    };
    let (name, descending) = said.strip_prefix('-').map_or((said, false), |name| (name, true));
    Ok(Sort {
        field: subject.indexed("sort", name)?,
        descending,
    })
}

impl Records<'_> {
    /// Whose records the list can show.
    async fn seen(&mut self, access: &Access) -> Result<Seen, StoreError> {
        let object = self.object;
        let owned = object.rules().is_some_and(|rules| rules.seen_by == SeenBy::Owner);
        if !owned || access.can(object, Verb::ViewAll) {
            return Ok(Seen::All);
        }
        let shared = match access.role() {
            Some(role) => sharing::criteria(self.tx, object, role)
                .await?
                .map_or(Shared::Role(role), Shared::Rules),
            None => Shared::Rules(Vec::new()),
        };
        Ok(Seen::Owned {
            owners: access.owners().to_vec(),
            shared,
        })
    }
}
