use proptest::prelude::*;

use super::{
    super::{Bringer, NewDeal, PastQuarter, PastSpan, Slip, correlation},
    *,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn span() -> Span {
    Span {
        from: day("2026-01-01"),
        to: day("2026-04-01"),
    }
}

fn run(deals: &[OpenDeal], slips: &Slips, rho: f64) -> (Forecast, Vec<Forecast>) {
    simulate(&Simulation {
        today: day("2026-01-10"),
        span: span(),
        deals,
        groups: 2,
        closed: &[500.0, 0.0],
        slips,
        fresh: &Fresh::default(),
        correlation: rho,
        throws: 4_000,
        seed: 7,
    })
}

fn deals(many: usize, probability: f64) -> Vec<OpenDeal> {
    let deal = |at| OpenDeal {
        probability,
        amount: 100.0,
        close: Some(day("2026-02-15")),
        group: at % 2,
    };
    (0..many).map(deal).collect()
}

#[test]
fn expects_what_probabilities_say() {
    let (all, groups) = run(&deals(100, 0.3), &Slips::default(), 0.0);
    // 100 deals of 100 at 0.3: 3,000 with a deviation of 458.
    assert!((all.open - 3_000.0).abs() < 40.0, "{all:?}");
    assert!((all.expected - all.open - 500.0).abs() < 1e-9);
    assert!(
        (all.high - all.low - 2.0 * 1.2816 * 458.0).abs() < 120.0,
        "{all:?}"
    );
    let parts: f64 = groups.iter().map(|group| group.expected).sum();
    assert!((parts - all.expected).abs() < 1e-6);
}

#[test]
fn a_shared_shock_keeps_the_mean_and_widens_the_interval() {
    let (alone, _) = run(&deals(100, 0.3), &Slips::default(), 0.0);
    let (shared, _) = run(&deals(100, 0.3), &Slips::default(), 0.15);
    assert!((alone.open - shared.open).abs() < 120.0, "{alone:?} {shared:?}");
    assert!(shared.high - shared.low > 2.0 * (alone.high - alone.low));
}

#[test]
fn a_tenant_whose_deals_slip_wins_less_in_the_period() {
    let slips = Slips::new((0..200).map(|_| Slip {
        ahead: 36,
        took: 36 + 60,
        ratio: 0.5,
    }));
    let (all, _) = run(&deals(50, 0.9), &slips, 0.0);
    assert!(
        all.open.abs() < 1e-9,
        "60 days later is in the next quarter: {all:?}"
    );
    let near = Slips::new((0..200).map(|_| Slip {
        ahead: 36,
        took: 36 + 6,
        ratio: 0.5,
    }));
    let (all, _) = run(&deals(50, 0.9), &near, 0.0);
    assert!((all.open - 50.0 * 0.9 * 50.0).abs() < 60.0, "{all:?}");
}

fn new_deals(fresh: &Fresh, groups: usize) -> (Forecast, Vec<Forecast>) {
    simulate(&Simulation {
        today: day("2026-01-10"),
        span: span(),
        deals: &[],
        groups,
        closed: &vec![0.0; groups],
        slips: &Slips::default(),
        fresh,
        correlation: 0.0,
        throws: 4_000,
        seed: 1,
    })
}

#[test]
fn what_is_not_in_the_books_yet_is_drawn_from_the_past() {
    let deal = |sum| NewDeal { sum, by: 0 };
    let fresh = Fresh {
        spans: vec![
            PastSpan {
                won: vec![deal(100.0), deal(300.0)],
            },
            PastSpan { won: Vec::new() },
        ],
        people: Vec::new(),
    };
    let (all, groups) = new_deals(&fresh, 1);
    assert!((all.fresh - fresh.mean()).abs() < 12.0, "{all:?}");
    assert!(groups.first().unwrap().fresh.abs() < f64::EPSILON);
}

/// Spans in which four people brought deals: one of large and one of small ones who are there, and two who have left.
fn brought(people: Vec<Bringer>) -> Fresh {
    let deal = |by| NewDeal {
        sum: if by == 0 { 900.0 } else { 100.0 },
        by: if by < 2 { by } else { usize::MAX },
    };
    let span = PastSpan {
        won: (0..40).map(|at| deal(at % 4)).collect(),
    };
    Fresh {
        spans: vec![span; 6],
        people,
    }
}

#[test]
fn groups_bring_what_they_brought_before_and_add_up_to_the_whole() {
    // Each brought ten of the forty deals of a span: 9,000 and 1,000, and those who have left 2,000.
    let people = vec![Bringer::new(0, 30, 0.0), Bringer::new(1, 30, 0.0)];
    let (all, groups) = new_deals(&brought(people), 2);
    assert!((all.fresh - 12_000.0).abs() < 150.0, "{all:?}");
    let [large, small] = &groups[..] else {
        panic!("{groups:?}")
    };
    for (parts, whole) in [
        (large.fresh + small.fresh, all.fresh),
        (large.expected + small.expected, all.expected),
    ] {
        assert!((parts - whole).abs() < 1e-6, "{parts} {whole}");
    }
    // Three quarters of their own are theirs again; the rest, and 2,000 of those who left, is halved.
    let rest = (9_000.0 + 1_000.0) * 0.25 + 2_000.0;
    assert!(
        (large.fresh - (9_000.0 * 0.75 + rest / 2.0)).abs() < 150.0,
        "{large:?}"
    );
    assert!(
        (small.fresh - (1_000.0 * 0.75 + rest / 2.0)).abs() < 80.0,
        "{small:?}"
    );
    assert!(large.low < large.median && large.median < large.high, "{large:?}");
}

#[test]
fn who_came_lately_gets_what_those_brought_who_left() {
    let people = vec![
        Bringer::new(0, 30, 0.0),
        Bringer::new(1, 30, 0.0),
        // As if they had come in the place of somebody at the end of the past.
        Bringer::new(2, 0, 1.0),
    ];
    let (all, groups) = new_deals(&brought(people), 3);
    let [large, small, new] = &groups[..] else {
        panic!("{groups:?}")
    };
    assert!((large.fresh + small.fresh + new.fresh - all.fresh).abs() < 1e-6);
    // A third of the quarter that is shared evenly, and nearly all of what those who have left brought.
    let share = (9_000.0 + 1_000.0) * 0.25 / 3.0 + 2_000.0 * 1.1 / 1.3;
    assert!((new.fresh - share).abs() < 120.0, "{new:?}");
    assert!(large.fresh > small.fresh && small.fresh > 700.0, "{groups:?}");
}

#[test]
fn deals_without_an_owner_stay_so_and_where_all_have_left_they_are_one_group_s() {
    let people = vec![Bringer::nobody(0, 30), Bringer::new(1, 30, 0.0)];
    let (all, groups) = new_deals(&brought(people), 2);
    let [nobody, somebody] = &groups[..] else {
        panic!("{groups:?}")
    };
    assert!((nobody.fresh - 9_000.0 * 0.75).abs() < 150.0, "{nobody:?}");
    assert!((nobody.fresh + somebody.fresh - all.fresh).abs() < 1e-6);
    let gone = Fresh {
        people: vec![Bringer::last(0)],
        ..brought(Vec::new())
    };
    let (all, groups) = new_deals(&gone, 1);
    assert!(
        (groups.first().unwrap().fresh - all.fresh).abs() < 1e-6,
        "{groups:?}"
    );
    // With nobody to take over, what somebody brought stays theirs, however little.
    let alone = Fresh {
        people: vec![Bringer::nobody(0, 1)],
        spans: vec![PastSpan {
            won: vec![NewDeal { sum: 5.0, by: 0 }],
        }],
    };
    let (all, groups) = new_deals(&alone, 1);
    assert!((all.fresh - 5.0).abs() < 1e-9 && (groups.first().unwrap().fresh - 5.0).abs() < 1e-9);
}

#[test]
fn correlation_comes_from_quarters_that_swing() {
    let quarter = |won| PastQuarter {
        given: vec![0.5; 100],
        won,
    };
    let steady: Vec<_> = [50, 53, 47, 52, 48, 51, 49, 50].map(quarter).to_vec();
    let swings: Vec<_> = [20, 80, 30, 75, 22, 70, 78, 25].map(quarter).to_vec();
    assert!(correlation(&steady) < 0.02);
    assert!(correlation(&swings) > 0.1);
    assert!((correlation(&[]) - 0.02).abs() < 1e-12);
}

proptest! {
    #[test]
    fn absurd_deals_never_break_the_order(
        rows in prop::collection::vec((any::<f64>(), any::<f64>(), -4_000_i64..4_000, 0_usize..5), 0..40),
        rho in -1.0_f64..2.0,
    ) {
        let deals: Vec<OpenDeal> = rows
            .into_iter()
            .map(|(probability, amount, ahead, group)| OpenDeal {
                probability,
                amount: amount.clamp(-1e12, 1e12),
                close: Some(day("2026-01-10") + chrono::Duration::days(ahead)),
                group,
            })
            .collect();
        let (all, groups) = simulate(&Simulation {
            today: day("2026-01-10"),
            span: span(),
            deals: &deals,
            groups: 2,
            closed: &[1.0, 2.0],
            slips: &Slips::default(),
            fresh: &Fresh::default(),
            correlation: rho,
            throws: 50,
            seed: 3,
        });
        for forecast in groups.iter().chain([&all]) {
            prop_assert!(forecast.low <= forecast.median && forecast.median <= forecast.high);
            prop_assert!(forecast.expected.is_finite());
        }
    }
}
