//! The words of a page.

/// What HTML says, without its marks, scripts and styles.
pub(super) fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len() / 2);
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        push(&mut out, before);
        let end = if tag.starts_with("!--") { "-->" } else { ">" };
        let (mark, after) = tag.split_once(end).unwrap_or((tag, ""));
        let name: String = mark
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        rest = after;
        match name.as_str() {
            // What is in them is no text.
            "script" | "style" | "head" | "title" if !mark.starts_with('/') => rest = behind(after, &name),
            "p" | "div" | "br" | "tr" | "li" | "h1" | "h2" | "h3" | "h4" | "blockquote" | "table"
                if !out.ends_with('\n') && !out.is_empty() =>
            {
                out.push('\n');
            }
            _ => {}
        }
    }
    push(&mut out, rest);
    out.trim().to_owned()
}

/// What follows the end of an element.
fn behind<'h>(html: &'h str, name: &str) -> &'h str {
    let lower = html.to_ascii_lowercase();
    let end = lower.find(&format!("</{name}"));
    end.and_then(|at| html.get(at..))
        .and_then(|rest| rest.split_once('>'))
        .map_or("", |(_, rest)| rest)
}

/// Adds text with its entities read and its white space as a browser shows it.
fn push(out: &mut String, text: &str) {
    let text = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (entity, letter)| {
        text.replace(entity, letter)
    });
    let spaced =
        text.starts_with(char::is_whitespace) && !out.is_empty() && !out.ends_with(char::is_whitespace);
    if spaced {
        out.push(' ');
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    out.push_str(&words.join(" "));
    if !words.is_empty() && text.ends_with(char::is_whitespace) {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_a_browser_would_show() {
        for (html, words) in [
            ("plain", "plain"),
            ("<p>One</p><p>two <b>three</b> four</p>", "One\ntwo three four"),
            ("a<br/>b<br>c", "a\nb\nc"),
            (
                "<style>p { x }</style><script>if (a < b) {}</SCRIPT>x &lt;y&gt; &amp;amp;",
                "x <y> &amp;",
            ),
            ("<!-- > hidden --> seen", "seen"),
            ("broken <b", "broken"),
            ("Ä <i>ö</i>\n\n ü", "Ä ö ü"),
            ("<script>never ends", ""),
        ] {
            assert_eq!(plain(html), words, "{html}");
        }
    }
}
