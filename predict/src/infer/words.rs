//! What is wrong with a table, in words.

/// Why a table cannot be learned from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InferError {
    /// A column that is not there was asked for.
    #[error("there is no column {wanted}; the columns are {}", listed(there))]
    NoColumn {
        /// The name asked for.
        wanted: String,
        /// The names that are there.
        there: Vec<String>,
    },
    /// Two columns have one name.
    #[error("two columns are named {0:?}; give each a name of its own")]
    Repeated(String),
    /// The label is among the ignored columns.
    #[error("the label {0} cannot be ignored")]
    LabelIgnored(String),
    /// No row says how it ended.
    #[error("column {0} has no value in any row, so no row says how it ended")]
    NoLabels(String),
    /// There are more than two labels.
    #[error(
        "column {column} has more than two values ({}): keep the rows of two of them, or write them as two in a column of \
         their own",
        listed(values)
    )]
    ManyLabels {
        /// The column.
        column: String,
        /// Some of its values.
        values: Vec<String>,
    },
    /// The label that stands for a good end does not occur.
    #[error(
        "no row of column {column} says {positive:?}; what it says is {}",
        listed(values)
    )]
    NoPositive {
        /// The column.
        column: String,
        /// What was looked for.
        positive: String,
        /// What is there.
        values: Vec<String>,
    },
    /// All rows ended alike.
    #[error(
        "every row of column {column} says {value:?}: without the other outcome there is nothing to learn"
    )]
    OneLabel {
        /// The column.
        column: String,
        /// What every row says.
        value: String,
    },
    /// A moment cannot be read.
    #[error(
        "row {row} of column {column} says {said:?}, which is no day such as 2026-03-01 and no time such as 2026-03-01T09:30:00Z"
    )]
    NoMoment {
        /// The column.
        column: String,
        /// The row, 1 for the first below the names.
        row: usize,
        /// What it says.
        said: String,
    },
    /// The table does not fit into memory.
    #[error(
        "the table has more than {most} cells, which is the most that is learned from: leave out columns or rows"
    )]
    TooLarge {
        /// The most cells.
        most: usize,
    },
}

/// A few names, each cut short.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut listed: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| {
            let mut short: String = name.chars().take(40).collect();
            if short.len() < name.len() {
                short.push('…');
            }
            short
        })
        .collect();
    if names.len() > SHOWN {
        listed.push(format!("and {} more", names.len() - SHOWN));
    }
    listed.join(", ")
}
