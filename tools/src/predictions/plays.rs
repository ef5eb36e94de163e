//! What a rep can do about a deal, in words.

/// Something that a rep can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Play {
    /// Its name in paths.
    pub key: &'static str,
    /// What the names of the features that it changes have in them.
    marks: &'static [&'static str],
    /// The task, as its subject says it.
    pub task: &'static str,
    /// What deals have where it was done, after "deals with".
    pub with: &'static str,
    /// What the task asks for, in a sentence or two.
    pub text: &'static str,
    /// In how many days it is due.
    pub due_in_days: i64,
    /// `low`, `normal` or `high`.
    pub priority: &'static str,
}

/// Every play; a feature belongs to the first whose mark its name has.
pub const PLAYS: &[Play] = &[
    Play {
        key: "involve_decision_maker",
        marks: &["decision_maker", "economic_buyer", "executive"],
        task: "Involve a decision maker",
        with: "a decision maker involved",
        text: "Find out who decides, add them to the deal with their role, and agree on a first talk.",
        due_in_days: 5,
        priority: "high",
    },
    Play {
        key: "find_champion",
        marks: &["champion"],
        task: "Find somebody who argues for us",
        with: "somebody at the customer who argues for them",
        text: "Ask who gains most from the project, add them as champion, and give them what they need inside.",
        due_in_days: 7,
        priority: "normal",
    },
    Play {
        key: "plan_next_step",
        marks: &["next_meeting", "next_step", "planned"],
        task: "Agree on the next talk",
        with: "the next meeting or call planned",
        text: "Agree on a day for the next meeting or call, and put it into the deal.",
        due_in_days: 1,
        priority: "high",
    },
    Play {
        key: "hold_meeting",
        marks: &["meeting"],
        task: "Hold a meeting",
        with: "meetings as often and as lately as that",
        text: "Propose two times, with what is to be decided.",
        due_in_days: 3,
        priority: "high",
    },
    Play {
        key: "answer_quickly",
        marks: &["reply", "latency", "answer", "response", "unanswered"],
        task: "Answer what the customer waits for",
        with: "answers as quick as that",
        text: "Answer open questions today, and the next ones within a day.",
        due_in_days: 1,
        priority: "high",
    },
    Play {
        key: "send_quote",
        marks: &["quote"],
        task: "Send a quote",
        with: "a quote by then",
        text: "Put the offer together and send it, with a day until which it holds.",
        due_in_days: 3,
        priority: "high",
    },
    Play {
        key: "review_discount",
        marks: &["discount"],
        task: "Look at the discount again",
        with: "discounts like that",
        text: "Check whether the discount is what the deal needs, or whether something else is.",
        due_in_days: 5,
        priority: "normal",
    },
    Play {
        key: "confirm_budget",
        marks: &["budget"],
        task: "Confirm the budget",
        with: "a confirmed budget",
        text: "Ask whether money is set aside, by whom and until when, and write it down.",
        due_in_days: 5,
        priority: "normal",
    },
    Play {
        key: "complete_discovery",
        marks: &["discovery"],
        task: "Complete the discovery",
        with: "a completed discovery",
        text: "Go through needs, users and what happens if nothing changes, and mark discovery as completed.",
        due_in_days: 5,
        priority: "normal",
    },
    Play {
        key: "show_return",
        marks: &["roi"],
        task: "Work out what it saves",
        with: "a worked out return",
        text: "Work out with the customer what the project returns, in their own numbers.",
        due_in_days: 7,
        priority: "normal",
    },
    Play {
        key: "settle_close_date",
        marks: &["close_date", "days_to_close", "push"],
        task: "Agree on an honest close date",
        with: "a close date like that",
        text: "Ask when and how they decide, and move the close date to what they say.",
        due_in_days: 2,
        priority: "high",
    },
    Play {
        key: "involve_more_people",
        marks: &["contact", "role", "people", "stakeholder"],
        task: "Involve more people",
        with: "that many people involved",
        text: "Ask who else uses, checks or signs it, and add them to the deal with their roles.",
        due_in_days: 7,
        priority: "normal",
    },
    Play {
        key: "call",
        marks: &["call"],
        task: "Call the customer",
        with: "calls as often and as lately as that",
        text: "Call, and agree on what happens next.",
        due_in_days: 2,
        priority: "normal",
    },
    Play {
        key: "write",
        marks: &["email", "mail", "message"],
        task: "Write to the customer",
        with: "messages as often and as lately as that",
        text: "Write what was agreed and what comes next.",
        due_in_days: 2,
        priority: "normal",
    },
    Play {
        key: "clear_tasks",
        marks: &["task"],
        task: "Do what is overdue",
        with: "as few overdue tasks",
        text: "Do the tasks of this deal that are overdue, or settle that they are not needed.",
        due_in_days: 1,
        priority: "normal",
    },
    Play {
        key: "get_in_touch",
        marks: &["activit", "touch", "silence", "inactive", "idle"],
        task: "Get in touch again",
        with: "as much going on",
        text: "Get in touch, with something that is of use to them.",
        due_in_days: 2,
        priority: "high",
    },
    Play {
        key: "move_stage",
        marks: &["stage"],
        task: "Agree on what takes the deal to its next stage",
        with: "a stage as young as that",
        text: "Find out what holds the deal where it is, and agree on what takes it on.",
        due_in_days: 5,
        priority: "normal",
    },
    Play {
        key: "review_offer",
        marks: &["amount", "product", "line", "price"],
        task: "Look at what is offered again",
        with: "an offer like that",
        text: "Check whether what is offered is what the customer needs now.",
        due_in_days: 7,
        priority: "normal",
    },
    Play {
        key: "face_competitor",
        marks: &["competitor"],
        task: "Prepare for the competitor",
        with: "the competition known",
        text: "Find out whom they also talk to, and what speaks for us there.",
        due_in_days: 5,
        priority: "normal",
    },
    Play {
        key: "settle_cases",
        marks: &["case", "satisfaction", "sentiment"],
        task: "Settle what bothers the customer",
        with: "a customer as content as that",
        text: "Look at the customer's open cases with support before the next talk.",
        due_in_days: 3,
        priority: "high",
    },
];

/// The play that changes a feature, if a rep can do anything about it.
pub fn play_of(feature: &str) -> Option<&'static Play> {
    PLAYS
        .iter()
        .find(|play| play.marks.iter().any(|mark| feature.contains(mark)))
}

/// The play of this name.
pub fn play(key: &str) -> Option<&'static Play> {
    PLAYS.iter().find(|play| play.key == key)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn plays_have_names_of_their_own_and_features_find_theirs() {
        let keys: HashSet<&str> = PLAYS.iter().map(|play| play.key).collect();
        assert_eq!(keys.len(), PLAYS.len());
        for (feature, key) in [
            ("has_decision_maker", "involve_decision_maker"),
            ("meetings_per_week", "hold_meeting"),
            ("next_meeting_planned", "plan_next_step"),
            ("overdue_tasks", "clear_tasks"),
            ("close_date_overdue_days", "settle_close_date"),
            ("reply_hours", "answer_quickly"),
        ] {
            assert_eq!(play_of(feature).map(|play| play.key), Some(key));
        }
        assert_eq!(play_of("season"), None);
    }
}
