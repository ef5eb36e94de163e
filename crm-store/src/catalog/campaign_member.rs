//! The object `campaign_member`.

use super::{Field, FieldType, Kind, Object, Preset, Relation, Rules, SeenBy, standard};

/// A person whom a campaign reached.
pub const CAMPAIGN_MEMBER: Object = Object {
    name: "campaign_member",
    plural: "campaign_members",
    table: "campaign_members",
    label: "Campaign member",
    help: "A person whom a campaign reached.",
    fields: &[
        standard::ID,
        standard::EXTERNAL_ID,
        Field::new("campaign_id", FieldType::Id, "Campaign")
            .indexed()
            .writable(),
        Field::new("lead_id", FieldType::Id, "Lead")
            .optional()
            .indexed()
            .writable(),
        Field::new("contact_id", FieldType::Id, "Contact")
            .optional()
            .indexed()
            .writable(),
        Field::new(
            "status",
            FieldType::Enum(&[
                "planned",
                "sent",
                "opened",
                "clicked",
                "responded",
                "registered",
                "attended",
                "no_show",
                "bounced",
                "unsubscribed",
            ]),
            "Status",
        )
        .preset(Preset::Text("sent"))
        .indexed()
        .writable(),
        Field::new("has_responded", FieldType::Boolean, "Responded")
            .preset(Preset::Boolean(false))
            .writable(),
        Field::new("first_responded_at", FieldType::Time, "First response")
            .optional()
            .indexed()
            .writable(),
        standard::CUSTOM,
        standard::VERSION,
        standard::CREATED_AT,
        standard::UPDATED_AT,
        standard::DELETED_AT,
    ],
    relations: &[
        Relation::one("campaign", "campaign", "campaign_id"),
        Relation::one("lead", "lead", "lead_id"),
        Relation::one("contact", "contact", "contact_id"),
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Related,
        title: "id",
        standard: true,
        served: true,
    }),
};
