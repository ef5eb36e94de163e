//! Templates and how they are filled.

use handlebars::{Handlebars, no_escape};
use serde::Serialize;

/// The typed input of one template.
pub trait Prompt: Serialize {
    /// The template's path under `templates/`, without its ending.
    const TEMPLATE: &'static str;
}

/// Every template by its path. A template that is not here does not exist.
const TEMPLATES: &[(&str, &str)] = &[
    ("answer/system", include_str!("../templates/answer/system.hbs")),
    ("outside/notice", include_str!("../templates/outside/notice.hbs")),
    (
        "outside/passages",
        include_str!("../templates/outside/passages.hbs"),
    ),
    (
        "outside/tool_error",
        include_str!("../templates/outside/tool_error.hbs"),
    ),
    (
        "outside/tool_output",
        include_str!("../templates/outside/tool_output.hbs"),
    ),
    (
        "pipeline/system",
        include_str!("../templates/pipeline/system.hbs"),
    ),
    ("win/system", include_str!("../templates/win/system.hbs")),
];

/// A prompt that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// A template of this build is broken: a defect of the program.
    #[error("the template {template} cannot be read")]
    Template {
        /// The template's path.
        template: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<handlebars::TemplateError>,
    },
    /// A template names a variable that its input does not have.
    #[error("the template {template} cannot be filled")]
    Render {
        /// The template's path.
        template: &'static str,
        /// What is missing.
        #[source]
        source: Box<handlebars::RenderError>,
    },
}

/// The templates of this build, ready to be filled.
#[derive(Debug)]
pub struct Prompts {
    engine: Handlebars<'static>,
}

impl Prompts {
    /// Reads the embedded templates.
    pub fn new() -> Result<Self, PromptError> {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        // Prompts are plain text: escaping for HTML would change what is quoted.
        engine.register_escape_fn(no_escape);
        for &(template, words) in TEMPLATES {
            engine
                .register_template_string(template, words)
                .map_err(|source| PromptError::Template {
                    template,
                    source: Box::new(source),
                })?;
        }
        Ok(Self { engine })
    }

    /// Fills the template of `input`; the result has no blank ends.
    pub fn render<P: Prompt>(&self, input: &P) -> Result<String, PromptError> {
        let text = self
            .engine
            .render(P::TEMPLATE, input)
            .map_err(|source| PromptError::Render {
                template: P::TEMPLATE,
                source: Box::new(source),
            })?;
        Ok(text.trim().to_owned())
    }

    /// The paths of all templates, in order.
    pub fn templates() -> impl Iterator<Item = &'static str> {
        TEMPLATES.iter().map(|(path, _)| *path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Incomplete {
        tool: &'static str,
    }

    impl Prompt for Incomplete {
        const TEMPLATE: &'static str = "outside/tool_output";
    }

    #[test]
    fn a_missing_variable_is_an_error() {
        let error = Prompts::new()
            .unwrap()
            .render(&Incomplete { tool: "search" })
            .unwrap_err();

        assert!(
            matches!(
                error,
                PromptError::Render {
                    template: "outside/tool_output",
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn every_template_file_is_embedded() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut on_disk = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap().with_extension("");
                    on_disk.push(name.to_str().unwrap().to_owned());
                }
            }
        }
        on_disk.sort();

        assert_eq!(on_disk, Prompts::templates().collect::<Vec<_>>());
    }
}
