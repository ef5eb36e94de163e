//! Comparing rights: nobody grants more than they hold.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{FieldRule, Permissions, Verb};

/// The name that stands for every object that is not named.
const REST: &str = "*";

impl FieldRule {
    /// How much it takes away.
    const fn strictness(self) -> u8 {
        match self {
            Self::ReadOnly => 1,
            Self::Masked => 2,
            Self::Hidden => 3,
        }
    }
}

impl Permissions {
    /// Everything.
    pub fn everything() -> Self {
        Self {
            all: true,
            ..Self::default()
        }
    }

    /// What may be done to an object's records.
    pub fn verbs(&self, object: &str) -> HashSet<Verb> {
        if self.all {
            return [
                Verb::Create,
                Verb::Read,
                Verb::Update,
                Verb::Delete,
                Verb::ViewAll,
                Verb::ModifyAll,
            ]
            .into();
        }
        self.objects
            .get(object)
            .or_else(|| self.objects.get(REST))
            .cloned()
            .unwrap_or_default()
    }

    /// Whether these rights include that one.
    pub fn can(&self, object: &str, verb: Verb) -> bool {
        self.all
            || self
                .objects
                .get(object)
                .or_else(|| self.objects.get(REST))
                .is_some_and(|verbs| verbs.contains(&verb))
    }

    /// Whether an area such as `members` may be administered.
    pub fn manages(&self, area: &str) -> bool {
        self.all || self.manage.contains(area)
    }

    /// The first thing, in words, that `wanted` allows and these rights do not. `None` when they cover it.
    pub fn lacks(&self, wanted: &Self) -> Option<String> {
        if self.all {
            return None;
        }
        if wanted.all {
            return Some("everything".to_owned());
        }
        for object in names(&self.objects, &wanted.objects) {
            let held = self.verbs(object);
            let mut more: Vec<&str> = wanted
                .verbs(object)
                .difference(&held)
                .map(|verb| verb.as_str())
                .collect();
            more.sort_unstable();
            if let Some(verb) = more.first() {
                let object = if object == REST { "other objects" } else { object };
                return Some(format!("{} on {object}", verb.replace('_', " ")));
            }
        }
        let mut areas: Vec<&str> = wanted
            .manage
            .difference(&self.manage)
            .map(String::as_str)
            .collect();
        areas.sort_unstable();
        if let Some(area) = areas.first() {
            return Some(format!("administering {area}"));
        }
        for (object, fields) in &self.fields {
            if wanted.verbs(object).is_empty() {
                continue;
            }
            for (field, rule) in fields {
                let theirs = wanted.fields.get(object).and_then(|fields| fields.get(field));
                if theirs.map_or(0, |rule| rule.strictness()) < rule.strictness() {
                    return Some(format!("the field {object}.{field}, which is {rule} here"));
                }
            }
        }
        None
    }

    /// What both allow, such as a role and the scopes of a key that was bound to it.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if self.all {
            return Self {
                fields: merged(&self.fields, &other.fields),
                ..other.clone()
            };
        }
        if other.all {
            return other.and(self);
        }
        let both = |object: &str| {
            let verbs: HashSet<Verb> = self
                .verbs(object)
                .intersection(&other.verbs(object))
                .copied()
                .collect();
            (object.to_owned(), verbs)
        };
        Self {
            all: false,
            objects: names(&self.objects, &other.objects)
                .into_iter()
                .map(both)
                .collect(),
            fields: merged(&self.fields, &other.fields),
            manage: self.manage.intersection(&other.manage).cloned().collect(),
        }
    }
}

/// Every object that one of them names, and the rest.
fn names<'a>(
    one: &'a HashMap<String, HashSet<Verb>>,
    two: &'a HashMap<String, HashSet<Verb>>,
) -> BTreeSet<&'a str> {
    one.keys()
        .chain(two.keys())
        .map(String::as_str)
        .chain([REST])
        .collect()
}

type Fields = HashMap<String, HashMap<String, FieldRule>>;

/// The stricter rule of each field.
fn merged(one: &Fields, two: &Fields) -> Fields {
    let mut all = one.clone();
    for (object, fields) in two {
        let known = all.entry(object.clone()).or_default();
        for (field, rule) in fields {
            let strictest = known.entry(field.clone()).or_insert(*rule);
            if rule.strictness() > strictest.strictness() {
                *strictest = *rule;
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rights(value: serde_json::Value) -> Permissions {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_held_can_be_given_and_no_more() {
        let held = rights(json!({
            "objects": {"*": ["read"], "lead": ["read", "update"], "case": []},
            "fields": {"contact": {"email": "masked"}},
            "manage": ["roles"]
        }));
        let lacks = |value| held.lacks(&rights(value));
        let masked = json!({"contact": {"email": "masked"}});
        assert_eq!(held.lacks(&held), None);
        assert_eq!(lacks(json!({})), None);
        assert_eq!(
            lacks(json!({"objects": {"lead": ["update"], "account": ["read"]}, "fields": masked})),
            None
        );
        assert_eq!(lacks(json!({"all": true})).as_deref(), Some("everything"));
        assert_eq!(
            lacks(json!({"objects": {"lead": ["delete"]}})).as_deref(),
            Some("delete on lead")
        );
        // `*` reaches what the holder has less of.
        assert_eq!(
            lacks(json!({"objects": {"*": ["read"]}, "fields": masked})).as_deref(),
            Some("read on case")
        );
        assert_eq!(
            lacks(json!({"manage": ["keys"]})).as_deref(),
            Some("administering keys")
        );
        let open =
            lacks(json!({"objects": {"contact": ["read"]}, "fields": {"contact": {"email": "read_only"}}}));
        assert!(open.unwrap().contains("contact.email"));
        let stricter = json!({"objects": {"contact": ["read"]}, "fields": {"contact": {"email": "hidden"}}});
        assert_eq!(lacks(stricter), None);
        assert_eq!(Permissions::everything().lacks(&Permissions::everything()), None);
    }

    #[test]
    fn what_two_allow_together_is_what_each_allows() {
        let role = rights(
            json!({"objects": {"*": ["read"], "lead": ["read", "update"]}, "manage": ["roles", "keys"]}),
        );
        let scopes =
            rights(json!({"objects": {"lead": ["read"], "account": ["read", "update"]}, "manage": ["keys"]}));
        let both = role.and(&scopes);
        assert!(both.can("lead", Verb::Read) && !both.can("lead", Verb::Update));
        assert!(both.can("account", Verb::Read) && !both.can("account", Verb::Update));
        assert!(!both.can("case", Verb::Read));
        assert!(both.manages("keys") && !both.manages("roles"));
        assert_eq!(role.lacks(&both), None);
        assert_eq!(Permissions::everything().and(&role), role);
        assert_eq!(role.and(&Permissions::everything()), role);
    }
}
