use proptest::prelude::*;

use super::{
    super::{PastQuarter, PastSpan, Slip, correlation},
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

#[test]
fn what_is_not_in_the_books_yet_is_drawn_from_the_past() {
    let fresh = Fresh {
        spans: vec![
            PastSpan {
                won: vec![100.0, 300.0],
            },
            PastSpan { won: Vec::new() },
        ],
    };
    let simulation = Simulation {
        today: day("2026-01-10"),
        span: span(),
        deals: &[],
        groups: 1,
        closed: &[0.0],
        slips: &Slips::default(),
        fresh: &fresh,
        correlation: 0.0,
        throws: 4_000,
        seed: 1,
    };
    let (all, groups) = simulate(&simulation);
    assert!((all.fresh - fresh.mean()).abs() < 12.0, "{all:?}");
    assert!(groups.first().unwrap().fresh.abs() < f64::EPSILON);
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
