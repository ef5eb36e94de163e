//! What every part of the year works with.

use uuid::Uuid;

use super::{
    calendar::Calendar,
    dice::Dice,
    grammar::Slots,
    rows::Maker,
    world::{Segment, Shared, World},
};

/// The company, its people, its calendar.
#[derive(Debug)]
pub(super) struct Ctx<'w> {
    pub(super) world: &'w World,
    pub(super) shared: &'w Shared,
    pub(super) maker: Maker,
    pub(super) calendar: Calendar,
    pub(super) currency: String,
    pub(super) people: Vec<Person>,
}

/// Somebody who works for the company.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: Uuid,
    pub(super) first: String,
    pub(super) role: String,
    pub(super) team: String,
    /// What they add to the log odds of their deals: sellers differ.
    pub(super) skill: f64,
}

impl<'w> Ctx<'w> {
    /// The dice of a part.
    pub(super) fn dice(&self, part: &str) -> Dice {
        Dice::of(&format!("{}/{part}", self.maker.slug))
    }

    /// Empty slots over the company's words.
    pub(super) fn slots(&self) -> Slots<'w> {
        Slots::new(&self.world.slots)
    }

    /// The places of the people of a team.
    pub(super) fn team(&self, team: &str) -> Vec<usize> {
        let members = self.people.iter().enumerate();
        members
            .filter(|(_, person)| person.team == team)
            .map(|(at, _)| at)
            .collect()
    }

    /// Somebody of a team.
    pub(super) fn anyone(&self, dice: &mut Dice, team: &str) -> usize {
        let team = self.team(team);
        team.get(dice.index(team.len())).copied().unwrap_or_default()
    }

    /// The id of a person.
    pub(super) fn user(&self, at: usize) -> Uuid {
        self.people.get(at).map(|person| person.id).unwrap_or_default()
    }

    /// What a person adds to the log odds of a deal.
    pub(super) fn skill(&self, at: usize) -> f64 {
        self.people.get(at).map(|person| person.skill).unwrap_or_default()
    }

    /// The first name of a person.
    pub(super) fn first_name(&self, at: usize) -> String {
        self.people
            .get(at)
            .map(|person| person.first.clone())
            .unwrap_or_default()
    }

    /// The segment at a place; there is always one.
    pub(super) fn segment(&self, at: usize) -> Option<&'w Segment> {
        self.world.segments.get(at)
    }

    /// So many units, in words.
    pub(super) fn size(&self, units: i64) -> String {
        let plural = if units == 1 { "" } else { "s" };
        format!("{units} {}{plural}", self.world.unit)
    }

    /// The key of a segment.
    pub(super) fn segment_key(&self, at: usize) -> &'w str {
        self.segment(at).map_or("", |segment| segment.key.as_str())
    }

    /// The price of a product in the company's own currency.
    pub(super) fn price(&self, code: &str) -> f64 {
        let product = self.world.products.iter().find(|product| product.code == code);
        product.map_or(0.0, |product| product.price)
    }
}
