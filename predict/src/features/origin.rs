//! Where a deal or a lead came from, and how others from there ended: told of both alike.

use super::words::{more_often, some};

/// The record of somebody or something, in words: "Leads from Referral are converted early 6 percentage points more often
/// than others (31 leads)."
pub(super) fn record(of: &str, ended: &str, (points, count): (f64, f64), one: &str) -> String {
    format!("{of} {ended} {} ({}).", more_often(points), some(count, one))
}

/// The features of origin: `$record` is the method of what is usual that has the record, `$many` ended well when they are
/// `$ended`, and `$one` is one of them; `$source` and `$campaign` are the fields of origin, and `$all` is all records of the
/// kind.
macro_rules! origin {
    (
        $record:ident, $many:literal, $ended:literal, $one:literal,
        $source:literal, $campaign:literal, $all:literal
    ) => {
        vec![
            Feature {
                name: "source",
                label: "Source",
                kind: ColumnKind::Category,
                lever: Lever::None,
                rests_on: &[$source],
                of: |at, _| at.source().into(),
                says: |value, _, _, _| {
                    word(value).map_or("It is not said where it came from.".to_owned(), |source| {
                        format!("It came from: {source}.")
                    })
                },
                rests: itself,
            },
            Feature {
                name: "source_record",
                label: "The record of the source",
                kind: ColumnKind::Number,
                lever: Lever::None,
                rests_on: &[$source, $all],
                of: |at, usual| {
                    let source = at.source();
                    Value::from(source.map(|source| usual.$record(Of::Source, source).0))
                },
                says: |_, at, usual, _| {
                    at.source()
                        .map_or("It is not said where it came from.".to_owned(), |source| {
                            let of = format!("{} from {source} are", $many);
                            $crate::features::origin::record(
                                &of,
                                $ended,
                                usual.$record(Of::Source, source),
                                $one,
                            )
                        })
                },
                rests: itself,
            },
            Feature {
                name: "campaign_record",
                label: "The record of the campaign",
                kind: ColumnKind::Number,
                lever: Lever::None,
                rests_on: &[$campaign, "campaign", $all],
                of: |at, usual| {
                    let campaign = at.campaign();
                    Value::from(campaign.map(|campaign| usual.$record(Of::Campaign, &campaign.to_string()).0))
                },
                says: |_, at, usual, _| {
                    at.campaign()
                        .map_or("It came from no campaign.".to_owned(), |campaign| {
                            let of = usual.$record(Of::Campaign, &campaign.to_string());
                            $crate::features::origin::record(
                                concat!($many, " of its campaign are"),
                                $ended,
                                of,
                                $one,
                            )
                        })
                },
                rests: |at| {
                    let campaign = at.campaign().map(|campaign| ("campaign", campaign));
                    campaign.into_iter().collect()
                },
            },
        ]
    };
}

pub(super) use origin;
