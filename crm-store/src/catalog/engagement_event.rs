//! The object `engagement_event`.

use super::{Field, FieldType, Kind, Link, Object, Preset, Relation, Rules, SeenBy};

/// Something that a person did with our mail or on our site.
pub const ENGAGEMENT_EVENT: Object = Object {
    name: "engagement_event",
    plural: "engagement_events",
    table: "engagement_events",
    label: "Engagement",
    help: "Something that a person did with our mail or on our site.",
    fields: &[
        Field::new("id", FieldType::Id, "Id").indexed(),
        Field::new("external_id", FieldType::Text, "External id")
            .help("The id in the system that the record comes from.")
            .optional()
            .indexed()
            .writable(),
        Field::new(
            "type",
            FieldType::Enum(&[
                "email_sent",
                "email_opened",
                "email_clicked",
                "email_replied",
                "email_bounced",
                "email_unsubscribed",
                "page_visited",
                "form_submitted",
                "content_downloaded",
                "event_attended",
            ]),
            "Type",
        )
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
        Field::new("account_id", FieldType::Id, "Account")
            .optional()
            .indexed()
            .writable(),
        Field::new("campaign_id", FieldType::Id, "Campaign")
            .optional()
            .indexed()
            .writable(),
        Field::new("visitor_id", FieldType::Id, "Visitor")
            .help("The visitor of the widget, if it was one.")
            .optional()
            .indexed()
            .writable(),
        Field::new("subject", FieldType::Text, "Subject")
            .help("Of the mail, the page or the form.")
            .optional()
            .writable(),
        Field::new("url", FieldType::Url, "Address").optional().writable(),
        Field::new("source", FieldType::Text, "Source")
            .help("The system that saw it.")
            .optional()
            .writable(),
        Field::new("data", FieldType::Json, "Data")
            .help("What a form held, or more about it.")
            .preset(Preset::EmptyObject)
            .optional()
            .sensitive()
            .writable(),
        Field::new("occurred_at", FieldType::Time, "When")
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
            name: "lead",
            target: "lead",
            by: Link::Field("lead_id"),
        },
        Relation {
            name: "contact",
            target: "contact",
            by: Link::Field("contact_id"),
        },
        Relation {
            name: "account",
            target: "account",
            by: Link::Field("account_id"),
        },
        Relation {
            name: "campaign",
            target: "campaign",
            by: Link::Field("campaign_id"),
        },
    ],
    internal: &[],
    kind: Kind::Record(Rules {
        seen_by: SeenBy::Related,
        title: "type",
        standard: true,
        served: true,
    }),
};
