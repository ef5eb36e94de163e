//! `chart`: the answer to a typed query, drawn as the asker wishes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    run_query::{answered, summary},
    settle,
};
use crate::{
    Effect, Settled, Tool, ToolCtx, ToolError,
    card::AnswerCard,
    semantic::{Language, PipelineQuery},
};

/// Answers a typed query with a card whose picture is of a wished kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Chart;

/// How numbers are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Bars.
    Bar,
    /// A line over time.
    Line,
    /// A filled line over time.
    Area,
    /// Dots.
    Point,
    /// No picture, the table alone.
    Table,
}

/// What is asked, and how it is drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChartArgs {
    /// The query, over the names of the layer.
    pub query: PipelineQuery,
    /// How the numbers are drawn.
    pub mark: Mark,
    /// The language of the question, in which it is answered; null for English.
    pub language: Option<Language>,
}

impl Tool for Chart {
    const NAME: &'static str = "chart";
    const EFFECT: Effect = Effect::Read;
    type Args = ChartArgs;
    type Output = AnswerCard;

    fn description(&self) -> &'static str {
        "Like run_query, for an asker who wishes a certain kind of chart. Call it instead of run_query, not after it."
    }

    fn summary(&self, output: &Self::Output) -> String {
        summary(output)
    }

    fn settles(&self, output: &Self::Output) -> Option<Settled> {
        Some(settle(output))
    }

    async fn call(&self, ctx: &ToolCtx, args: Self::Args) -> Result<Self::Output, ToolError> {
        let mut card = answered(ctx, &args.query, args.language.unwrap_or_default()).await?;
        card.chart = match (card.chart.take(), args.mark) {
            (_, Mark::Table) | (None, _) => None,
            (Some(chart), mark) => Some(drawn(chart, mark)),
        };
        Ok(card)
    }
}

/// A picture with another mark, where the mark can show the same; otherwise the picture as it was.
fn drawn(mut chart: Value, mark: Mark) -> Value {
    let name = match mark {
        Mark::Bar => "bar",
        Mark::Line => "line",
        Mark::Area => "area",
        Mark::Point => "point",
        Mark::Table => return chart,
    };
    let is_over_time = chart.pointer("/encoding/x/type").and_then(Value::as_str) == Some("temporal");
    let place = if chart.get("mark").is_some() {
        "/mark"
    } else {
        "/layer/0/mark"
    };
    // Groups without an order have no line between them.
    if (is_over_time || matches!(mark, Mark::Bar | Mark::Point))
        && let Some(old) = chart.pointer_mut(place)
    {
        *old = json!({"type": name});
    }
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_needs_a_time() {
        let groups =
            json!({"encoding": {"x": {"type": "quantitative"}}, "layer": [{"mark": {"type": "bar"}}]});
        assert_eq!(drawn(groups.clone(), Mark::Line), groups);
        assert_eq!(
            drawn(groups, Mark::Point)["layer"][0]["mark"],
            json!({"type": "point"})
        );
        let months =
            json!({"encoding": {"x": {"type": "temporal"}}, "mark": {"type": "line", "point": true}});
        assert_eq!(drawn(months, Mark::Area)["mark"], json!({"type": "area"}));
    }
}
