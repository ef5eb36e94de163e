//! The object `campaign_member`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// A person whom a campaign reached.
pub const CAMPAIGN_MEMBER: Object = Object {
    name: "campaign_member",
    plural: "campaign_members",
    table: "campaign_members",
    label: "Campaign member",
    help: "A person whom a campaign reached.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
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
        Field::new("custom", FieldType::Json, "Custom fields")
            .help("The fields that the tenant added.")
            .preset(Preset::EmptyObject)
            .writable(),
        Field::new("version", FieldType::BigInteger, "Revision")
            .help("Counts the changes; the ETag.")
            .preset(Preset::Integer(1)),
        Field::new("created_at", FieldType::Time, "Created").indexed(),
        Field::new("updated_at", FieldType::Time, "Changed").indexed(),
        Field::new("deleted_at", FieldType::Time, "Deleted")
            .help("A deleted record can be restored.")
            .optional()
            .indexed(),
    ],
    relations: &[
        Relation {
            name: "campaign",
            target: "campaign",
            by: Link::Field("campaign_id"),
        },
        Relation {
            name: "lead",
            target: "lead",
            by: Link::Field("lead_id"),
        },
        Relation {
            name: "contact",
            target: "contact",
            by: Link::Field("contact_id"),
        },
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Related,
        title: "id",
        standard: true,
        served: true,
    }),
};
