//! The fields of objects.

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// An id: of the record itself, or of one that it refers to.
    Id,
    /// Text of one line.
    Text,
    /// Markdown, or other text of many lines.
    LongText,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// A whole number of up to 32 bits.
    Integer,
    /// A whole number of up to 64 bits.
    BigInteger,
    /// Yes or no.
    Boolean,
    /// A moment.
    Time,
    /// A day of the calendar.
    Date,
    /// An exact number with a point, such as a quantity or a rate; never filtered or sorted by.
    Decimal,
    /// An amount of money: whole minor units, in the currency that the named field of the record holds.
    Money(&'static str),
    /// An e-mail address.
    Email,
    /// A telephone number, kept as E.164 where it can be read as one.
    Phone,
    /// A web address.
    Url,
    /// An ISO 4217 code.
    Currency,
    /// An ISO 639 code.
    Language,
    /// An ISO 3166-1 alpha-2 code.
    Country,
    /// Structured data.
    Json,
    /// Bytes, such as a hash.
    Bytes,
}

impl FieldType {
    /// The type of the column, as `information_schema` names it.
    pub const fn column_type(self) -> &'static str {
        match self {
            Self::Id => "uuid",
            Self::Text
            | Self::LongText
            | Self::Enum(_)
            | Self::Email
            | Self::Phone
            | Self::Url
            | Self::Currency
            | Self::Language
            | Self::Country => "text",
            Self::Integer => "integer",
            Self::BigInteger | Self::Money(_) => "bigint",
            Self::Date => "date",
            Self::Decimal => "numeric",
            Self::Boolean => "boolean",
            Self::Time => "timestamp with time zone",
            Self::Json => "jsonb",
            Self::Bytes => "bytea",
        }
    }
}

/// What a new record gets in a field that its maker says nothing about; the column's default in Postgres is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// This text or word.
    Text(&'static str),
    /// This whole number, also of minor units for an amount of money.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// The JSON object without members.
    EmptyObject,
    /// The JSON array without elements.
    EmptyArray,
}

/// A field of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent questions, not states of one thing"
)]
pub struct Field {
    /// Its name in the API.
    pub name: &'static str,
    /// Its column in Postgres.
    pub column: &'static str,
    /// What it holds.
    pub kind: FieldType,
    /// Its name for people.
    pub label: &'static str,
    /// What it means, for people and for models; may be empty where the label says it all.
    pub help: &'static str,
    /// Whether every record has a value.
    pub required: bool,
    /// Whether lists can be sorted and filtered by it: an index stands behind that.
    pub indexed: bool,
    /// Whether it may hold what concerns a person, and is kept out of logs and bulk exports.
    pub sensitive: bool,
    /// Whether full-text search looks at it.
    pub searchable: bool,
    /// Whether the API's users may set it; the rest is set by the service.
    pub writable: bool,
    /// Whether each change of it is kept in the field's history, with the moment from which it held.
    pub tracked: bool,
    /// What a new record gets when nobody says otherwise.
    pub preset: Option<Preset>,
    /// The least and the most that a number may be; the column checks the same.
    pub range: Option<(i64, i64)>,
}

impl Field {
    /// A field that every record has, whose column has the same name.
    pub(super) const fn new(name: &'static str, kind: FieldType, label: &'static str) -> Self {
        Self {
            name,
            column: name,
            kind,
            label,
            help: "",
            required: true,
            indexed: false,
            sensitive: false,
            searchable: false,
            writable: false,
            tracked: false,
            preset: None,
            range: None,
        }
    }

    /// What a new record gets when nobody says otherwise.
    pub(super) const fn preset(self, preset: Preset) -> Self {
        Self {
            preset: Some(preset),
            ..self
        }
    }

    /// The column has another name, such as `amount_minor` for an amount of money.
    pub(super) const fn column(self, column: &'static str) -> Self {
        Self { column, ..self }
    }

    /// Each change of it is kept.
    pub(super) const fn tracked(self) -> Self {
        Self {
            tracked: true,
            ..self
        }
    }

    /// Not every record has a value.
    pub(super) const fn optional(self) -> Self {
        Self {
            required: false,
            ..self
        }
    }

    /// Lists can be sorted and filtered by it.
    pub(super) const fn indexed(self) -> Self {
        Self {
            indexed: true,
            ..self
        }
    }

    /// It may hold what concerns a person.
    pub(super) const fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }

    /// Full-text search looks at it.
    pub(super) const fn searchable(self) -> Self {
        Self {
            searchable: true,
            ..self
        }
    }

    /// The API's users may set it.
    pub(super) const fn writable(self) -> Self {
        Self {
            writable: true,
            ..self
        }
    }

    /// The number lies between these, or is one of them.
    pub(super) const fn between(self, least: i64, most: i64) -> Self {
        Self {
            range: Some((least, most)),
            ..self
        }
    }

    /// The number is this or more.
    pub(super) const fn at_least(self, least: i64) -> Self {
        self.between(least, i64::MAX)
    }

    /// What it means.
    pub(super) const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }
}
