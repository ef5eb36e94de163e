//! Why there is too little to learn from, in words.

use crm_predict::TrainError;
use crm_store::models::ModelKind;

/// What is missing, in words such as "not enough data: 38 closed deals; 50 are needed". None where the records are not to
/// blame: then training failed.
pub fn missing(kind: ModelKind, error: &TrainError) -> Option<String> {
    let (all, good, bad) = match kind {
        ModelKind::Win => ("closed deals", "won", "lost"),
        ModelKind::Lead => ("ended leads", "converted", "not converted"),
        ModelKind::Churn => ("looks at customers", "before a departure", "before none"),
    };
    let (have, need) = match error {
        TrainError::NotEnough { have, need } => (have, need),
        TrainError::NoUsableColumn(_) => return Some(format!("not enough data: {error}")),
        TrainError::OneSided { .. } => {
            return Some(format!(
                "not enough data: the latest quarter of the {all}, or all before it, are of one kind alone; some {good} and \
                 some {bad} are needed in both"
            ));
        }
        _ => return None,
    };
    let mut lacks = Vec::new();
    if have.closed < need.closed {
        lacks.push(format!("{} {all}; {} are needed", have.closed, need.closed));
    }
    for (word, have, need) in [(good, have.won, need.won), (bad, have.lost, need.lost)] {
        if have < need {
            lacks.push(format!("{have} of the {all} {word}; {need} are needed"));
        }
    }
    Some(format!("not enough data: {}", lacks.join("; ")))
}

#[cfg(test)]
mod tests {
    use crm_predict::Counts;

    use super::*;
    use crate::predictions::train::MINIMUM;

    #[test]
    fn what_is_missing_is_counted() {
        let not_enough = |closed, won, lost| TrainError::NotEnough {
            have: Counts { closed, won, lost },
            need: MINIMUM,
        };
        let missing = |kind, error| missing(kind, &error).unwrap();
        assert_eq!(
            missing(ModelKind::Win, not_enough(38, 18, 20)),
            "not enough data: 38 closed deals; 50 are needed"
        );
        assert_eq!(
            missing(ModelKind::Win, not_enough(60, 60, 0)),
            "not enough data: 0 of the closed deals lost; 10 are needed"
        );
        assert_eq!(
            missing(ModelKind::Churn, not_enough(60, 3, 57)),
            "not enough data: 3 of the looks at customers before a departure; 10 are needed"
        );
        assert_eq!(
            missing(ModelKind::Lead, not_enough(3, 3, 0)),
            "not enough data: 3 ended leads; 50 are needed; 3 of the ended leads converted; 10 are needed; 0 of the ended \
             leads not converted; 10 are needed"
        );
    }

    #[test]
    fn what_the_algorithm_could_not_do_is_no_lack_of_records() {
        let broke = TrainError::Algorithm {
            algorithm: "boosting",
            reason: "it broke off".to_owned(),
        };
        for error in [broke, TrainError::NoTimes, TrainError::Stopped] {
            assert_eq!(missing(ModelKind::Win, &error), None);
        }
        let one_sided = TrainError::OneSided {
            side: "the test rows",
        };
        assert_eq!(
            missing(ModelKind::Win, &one_sided).unwrap(),
            "not enough data: the latest quarter of the closed deals, or all before it, are of one kind alone; some won and \
             some lost are needed in both"
        );
        assert!(
            missing(
                ModelKind::Win,
                &TrainError::NoUsableColumn("age is constant".to_owned())
            )
            .is_some()
        );
    }
}
