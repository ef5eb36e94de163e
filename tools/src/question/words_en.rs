//! The grammar of English questions.

use super::words::{Table, Word};
use crate::semantic::Grain;

pub(super) const WORDS: Table = &[
    (
        Word::By,
        "by|per|for each|in each|by each|each|every|broken down by|break down by|grouped by|split by|for every|across|at each|breakdown by|from each|of each",
    ),
    (Word::Every(Grain::Day), "daily|day by day"),
    (Word::Every(Grain::Week), "weekly|week by week"),
    (
        Word::Every(Grain::Month),
        "monthly|month by month|month over month",
    ),
    (Word::Every(Grain::Quarter), "quarterly|quarter by quarter"),
    (Word::Every(Grain::Year), "yearly|annually|annual|year by year"),
    (Word::Unit(Grain::Day), "day|days"),
    (Word::Unit(Grain::Week), "week|weeks"),
    (Word::Unit(Grain::Month), "month|months"),
    (Word::Unit(Grain::Quarter), "quarter|quarters"),
    (Word::Unit(Grain::Year), "year|years"),
    (
        Word::HowMany,
        "how many|number of|count of|count|the number of|total number of",
    ),
    (
        Word::HowMuch,
        "how much|amount|sum of|sum|value of|value|total value|total amount|worth of|money|volume|dollar value|total value of|combined value of",
    ),
    (
        Word::Average,
        "average|avg|mean|on average|average size|average size of|average value of|average amount of|average value|average amount|typical",
    ),
    (
        Word::List,
        "list|show me|show|display|list all|show all|show me all|give me a list of|list of|find|records|the records|them|see|details|individual|list them|show them|drill down",
    ),
    (
        Word::Which,
        "which|what deals|what opportunities|what leads|what cases",
    ),
    (
        Word::Most,
        "most|top|highest|largest|biggest|greatest|the most|leading|maximum",
    ),
    (
        Word::Least,
        "least|bottom|lowest|smallest|fewest|the least|worst|minimum",
    ),
    (Word::Best, "best|strongest|better"),
    (
        Word::Other,
        "with other|with others|and other|and others|other as one|rest as other|group the rest|and the rest|with the rest",
    ),
    (
        Word::Share,
        "share|share of|share of total|as a share|as a share of total|percentage|percentage of|percentage of total|percent of total|what share of|what percentage of|proportion|proportion of|as a percentage|as percent|as a percentage of total|split|in percent|as shares|distribution of|distribution",
    ),
    (
        Word::Trend,
        "trend|trend of|trends|over time|development of|development|evolution|evolution of|trended|how has|how have",
    ),
    (
        Word::Versus,
        "vs|versus|compared to|compared with|against|in comparison to|in comparison with|relative to|compare to|compare with|compare|comparison with|compared",
    ),
    (
        Word::Over,
        "over|more than|greater than|above|bigger than|larger than|exceeding|higher than|worth more than|worth over|of more than|valued over|upwards of",
    ),
    (Word::AtLeast, "at least|minimum of|no less than|or more"),
    (
        Word::Under,
        "under|less than|fewer than|below|smaller than|lower than|worth less than|cheaper than",
    ),
    (Word::AtMost, "at most|up to|maximum of|no more than"),
    (Word::More, "more|fewer|less|worse|higher|lower"),
    (
        Word::Overdue,
        "overdue|past due|past their close date|past its close date|past close date|past the close date|past their due date|past their close dates",
    ),
    (Word::Between, "between"),
    (
        Word::Without,
        "won t|haven t|hasn t|hadn t|didn t|doesn t|wasn t|weren t|can t|couldn t|wouldn t|never|neither|haven t been|hasn t been|without the|without|without any|without an|without a|not|no|except|excluding|exclude|other than|isn t|aren t|don t|missing|lacking|with no|not in|not from|but not|leave out|ignoring",
    ),
    (
        Word::Only,
        "only|just|only the|only those|just the|limited to|restricted to|filter to|filter by|filter for|only for|what about just|only ones|only with",
    ),
    (Word::And, "and|plus|or"),
    (Word::With, "with|having|that have|who have|have more"),
    (
        Word::Open,
        "open|still open|active|unclosed|outstanding|ongoing|currently open",
    ),
    (
        Word::Won,
        "sold|sell|did we sell|have we sold|won|win|wins|winning|closed won|did we win|signed",
    ),
    (Word::Lost, "lost|lose|losing|losses|closed lost|did we lose"),
    (
        Word::New,
        "new|created|opened|newly created|came in|come in|coming in|getting|receiving|added|raised|received|get|got|arrived|generated",
    ),
    (
        Word::Closing,
        "closing|close|closes|due to close|expected to close|close date|set to close|will close|to close|with close date|closing in",
    ),
    (
        Word::Funnel,
        "funnel|sales funnel|pipeline funnel|conversion between stages|stage conversion|conversion by stage|conversion rate between stages|stage to stage conversion|conversion from stage to stage|drop off by stage|drop off between stages",
    ),
    (
        Word::Durations,
        "time in stage|time per stage|time spent per stage|time spent in each stage|stage duration|stage durations|duration per stage|days in stage|days per stage|stage time|time in each stage|stay in each stage|spend in each stage|sit in each stage|how long in each stage|stage velocity|remain in each stage|stuck in each stage",
    ),
    (Word::Cohort, "cohort|cohorts|cohort analysis|by cohort"),
    (
        Word::Bridge,
        "bridge|waterfall|pipeline bridge|pipeline waterfall|pipeline movement|pipeline movements|pipeline changes",
    ),
    (Word::Change, "move|moves|change|changed|changes|moved|happened"),
    (
        Word::AsOf,
        "as of|as at|as it was on|look like on|looked like on|look like at|look like|as it stood on|standing on|back on",
    ),
    (
        Word::EndOf,
        "end of|the end of|at the end of|at end of|as of the end of|at the close of",
    ),
    (
        Word::HowLong,
        "how fast|how quickly|how long|how long does it take|how many days",
    ),
    (Word::Mine, "my|mine|my own|do i|i have|did i|do i have|have i"),
    (
        Word::MyTeam,
        "my team|my team s|my reps|my sales reps|my people|my sellers|my salespeople|my subordinates|my direct reports",
    ),
    (
        Word::Team,
        "sales team|our sales team|the sales team|our team|the team|our|we|us|our company|everyone|everybody|all reps",
    ),
    (
        Word::Also,
        "include|also include|as well|and|what about|how about|and what about|and how about|also|now|then|same for|the same for|and for|ok and|okay|ok|same but|same",
    ),
    (Word::Instead, "instead|rather|instead of that"),
    (
        Word::Write,
        "delete|remove|set|update|change|create|add|assign|reassign|merge|edit|modify|erase|drop|insert|move|close|send|mark|convert|archive|rename|schedule|import|reset|write|truncate|purge|wipe|clear|transfer|approve|export",
    ),
    (
        Word::Forbidden,
        "ignore your|ignore all|ignore the|ignore previous|your rules|the rules|your instructions|previous instructions|all previous instructions|system prompt|your prompt|forget|disregard|tenant|tenants|other tenant|another tenant|every company on|other companies data|all companies|another company|other customers data|password|passwords|api key|api keys|sql|jailbreak|pretend|override|act as|hidden|admin rights|bypass|secret|secrets|credential|credentials",
    ),
    (
        Word::Filler,
        "must|shall|may|might|the|what|how|a|an|is|are|was|were|be|been|of|in|on|at|to|for|from|do|does|did|have|has|had|s|there|that|this|these|those|it|its|their|his|her|they|he|she|you|can|could|would|will|should|please|tell|give|want|like|know|need|let|right|currently|currently in|right now|now|at the moment|today s|what s|what is|what are|what was|what were|whats|who s|all|any|total|overall|in total|altogether|some|ones|one|so|as|if|then|than|about|our|hi|hello|hey|thanks|thank|break it down|break down|broken down|breakdown|down|came|come|comes|belong|belongs|belonging|held|hold|make|made|makes|generate|generates|generated|bring|brings|brought|stand|stands|look|looks|us|in the|of the|by our|each of|run|ran|being|just|exactly|far|still|yet|ever|already|entire|whole|figure|figures|numbers|currency|during|within|out|up|into|t|re|ve|d|ll|m|overview|report|summary|get me|pull|pull up|where|when|i|me|worth|sized|sit|sitting|stay|remain",
    ),
];
